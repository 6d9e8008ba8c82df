import { Type } from '@sinclair/typebox'
import { ListOf } from '../../../src/list-schemas.ts'
import { Id, Strict, Text } from '../../../src/schemas.ts'

const example = { name: 'Weight' }

export const Sample = Type.Object({ id: Id, name: Text(100) }, { title: 'Sample', examples: [{ id: 1, ...example }] })

export const SampleBody = Strict({ name: Text(100, 1) }, { title: 'SampleBody', examples: [example] })

export const SampleList = ListOf({ samples: Sample }, 'SampleList')
