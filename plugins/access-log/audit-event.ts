// A row of the access log as a FHIR R4 AuditEvent, after the patterns of IHE's Basic Audit Log Patterns (BALP).

import type { Action } from '../../src/tables/access-log.ts'
import { ANONYMOUS } from './row.ts'
import type { LoggedRequest } from './search.ts'

export const FHIR_JSON = 'application/fhir+json'

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM'
const BALP = 'https://profiles.ihe.net/ITI/BALP'

const CODES: Record<Action, [code: string, interaction: string, pattern?: string]> = {
  create: ['C', 'create', 'Create'],
  read: ['R', 'read', 'Read'],
  update: ['U', 'update', 'Update'],
  delete: ['D', 'delete', 'Delete'],
  execute: ['E', 'operation']
}
/** A minor failure is one of the client, a serious one is one of the server. */
const OUTCOMES: Record<string, string> = { success: '0', refused: '4', invalid: '4', failed: '8', aborted: '8' }

/** A record of the table `type`. `fhirType` is its type in FHIR, if it is a person whose health care is documented. */
interface Subject {
  type: string
  id: number
  fhirType?: string | undefined
}

/** Returns the Bundle (searchset) of the AuditEvents of rows about one subject. */
export function auditBundle(rows: LoggedRequest[], subject: Subject, links: object[]) {
  const entry = rows.map((row) => ({ resource: auditEvent(row, subject), search: { mode: 'match' } }))
  return { resourceType: 'Bundle', type: 'searchset', link: links, entry }
}

function auditEvent(row: LoggedRequest, { type, id, fhirType = '' }: Subject) {
  const [action, interaction, pattern] = CODES[row.action ?? 'execute']
  const profile = pattern && `${BALP}/StructureDefinition/IHE.BasicAudit.${fhirType}${pattern}`
  return {
    resourceType: 'AuditEvent',
    id: String(row.id),
    ...(profile && { meta: { profile: [profile] } }),
    type: { system: `${TERMINOLOGY}/audit-event-type`, code: 'rest', display: 'Restful Operation' },
    subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: interaction }],
    action,
    recorded: row.time,
    outcome: OUTCOMES[row.outcome ?? ''] ?? '8',
    outcomeDesc: `${row.status}`,
    agent: [
      {
        type: { coding: [{ system: DICOM, code: '110153', display: 'Source Role ID' }] },
        who: { display: row.address },
        requestor: false,
        network: { address: row.address, type: '2' }
      },
      {
        type: { coding: [{ system: DICOM, code: '110152', display: 'Destination Role ID' }] },
        who: { display: row.instance ?? 'unknown' },
        requestor: false
      },
      ...(row.username === ANONYMOUS ? [] : [userAgent(row)])
    ],
    source: {
      observer: { display: row.instance ?? 'unknown' },
      type: [{ system: `${TERMINOLOGY}/security-source-type`, code: '4', display: 'Application Server' }]
    },
    entity: [
      {
        what: fhirType ? { reference: `${fhirType}/${id}` } : { identifier: { system: type, value: String(id) } },
        type: { system: `${TERMINOLOGY}/audit-entity-type`, code: '1', display: 'Person' },
        ...(fhirType && { role: { system: `${TERMINOLOGY}/object-role`, code: '1', display: fhirType } })
      },
      {
        what: { identifier: { value: row.request_id } },
        type: { system: `${BALP}/CodeSystem/BasicAuditEntityType`, code: 'XrequestId' }
      }
    ]
  }
}

function userAgent({ username, user_id, roles }: LoggedRequest) {
  const held = roles ? roles.split(' ') : []
  return {
    type: { coding: [{ system: `${TERMINOLOGY}/v3-ParticipationType`, code: 'IRCP' }] },
    ...(held.length > 0 && { role: held.map((text) => ({ text })) }),
    who: { ...(user_id !== null && { identifier: { value: String(user_id) } }), display: username },
    requestor: true
  }
}
