import { Type } from '@sinclair/typebox'
import { ListOf } from '../../../src/list-schemas.ts'
import { Id, Strict, Text } from '../../../src/schemas.ts'

const example = { name: 'Heart rate' }

export const Category = Type.Object(
  { id: Id, name: Text(100) },
  { title: 'Category', examples: [{ id: 1, ...example }] }
)

export const CategoryBody = Strict({ name: Text(100, 1) }, { title: 'CategoryBody', examples: [example] })

export const CategoryList = ListOf({ categories: Category }, 'CategoryList')
