// A row of the access log as a FHIR R4 AuditEvent, after the patterns of IHE's Basic Audit Log Patterns (BALP).

import type { Action } from '../../src/tables/access-log.ts'
import { ANONYMOUS } from './row.ts'
import type { LoggedRequest } from './search.ts'

export const FHIR_JSON = 'application/fhir+json'

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM'
const BALP = 'https://profiles.ihe.net/ITI/BALP'

const CODES: Record<Action, [code: string, interaction: string, pattern: string | undefined]> = {
  create: ['C', 'create', 'PatientCreate'],
  read: ['R', 'read', 'PatientRead'],
  update: ['U', 'update', 'PatientUpdate'],
  delete: ['D', 'delete', 'PatientDelete'],
  execute: ['E', 'operation', undefined]
}
/** A minor failure is one of the client, a serious one is one of the server. */
const OUTCOMES: Record<string, string> = { success: '0', refused: '4', invalid: '4', failed: '8', aborted: '8' }

/** Returns the Bundle (searchset) of the AuditEvents of rows about one subject, which is of a type such as `patient`. */
export function auditBundle(rows: LoggedRequest[], subject: { type: string; id: number }, links: object[]) {
  const entry = rows.map((row) => ({ resource: auditEvent(row, subject), search: { mode: 'match' } }))
  return { resourceType: 'Bundle', type: 'searchset', link: links, entry }
}

function auditEvent(row: LoggedRequest, { type, id }: { type: string; id: number }) {
  const [action, interaction, pattern] = CODES[row.action ?? 'execute']
  const reference = `${type.charAt(0).toUpperCase()}${type.slice(1)}/${id}`
  const isPatient = type === 'patient'
  return {
    resourceType: 'AuditEvent',
    id: String(row.id),
    ...(isPatient && pattern && { meta: { profile: [`${BALP}/StructureDefinition/IHE.BasicAudit.${pattern}`] } }),
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
        what: { reference },
        type: { system: `${TERMINOLOGY}/audit-entity-type`, code: '1', display: 'Person' },
        ...(isPatient && { role: { system: `${TERMINOLOGY}/object-role`, code: '1', display: 'Patient' } })
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
