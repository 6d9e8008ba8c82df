import { Type } from '@sinclair/typebox'
import { Id, Next, Slice, Strict, Text } from '../../../src/schemas.ts'

const example = { name: 'Heart rate' }

export const Category = Type.Object(
  { id: Id, name: Text(100) },
  { title: 'Category', examples: [{ id: 1, ...example }] }
)

export const CategoryBody = Strict({ name: Text(100, 1) }, { title: 'CategoryBody', examples: [example] })

export const CategoryList = Type.Object({ categories: Slice(Category), next: Next }, { title: 'CategoryList' })
