// The index of words, in which searches find records, and the changes that it has not followed yet.

import { bigId, codePointText, index, integer, primaryKey, table, text } from '../database/columns.ts'

export const search_word = table(
  'search_word',
  {
    record_table: text().notNull(),
    word: codePointText().notNull(),
    record_id: integer().notNull()
  },
  (columns) => [
    primaryKey({ columns: [columns.record_table, columns.word, columns.record_id] }),
    index('search_word_record').on(columns.record_table, columns.record_id, columns.word)
  ]
)

export const search_change = table(
  'search_change',
  {
    id: bigId(),
    record_table: text().notNull(),
    record_id: integer().notNull()
  },
  (columns) => [index('search_change_record_table').on(columns.record_table, columns.id)]
)
