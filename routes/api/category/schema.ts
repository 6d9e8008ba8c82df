import { Type } from '@sinclair/typebox'
import { Id, Next, Strict, Text } from '../../../src/schemas.ts'

export const Category = Type.Object({ id: Id, name: Text(100) })

export const CategoryBody = Strict({ name: Text(100, 1) })

export const CategoryList = Type.Object({ categories: Type.Array(Category), next: Next })
