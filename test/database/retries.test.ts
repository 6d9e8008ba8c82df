// A deadlock or a serialization failure undoes a statement. It is tried again, at most three times.

import { sql } from 'drizzle-orm'
import t from 'tap'
import { build, engine, execute } from '../support/app.ts'

if (engine === 'postgres') {
  t.test(
    'a single statement that meets contention is tried again three times, then the response is 503 [Q11]',
    async (t) => {
      const { db, signIn } = await build(t)
      const caller = await signIn('user')
      // A sequence goes on even if the statement that used it is undone.
      await execute(db, 'create sequence attempts')
      await execute(
        db,
        `create function fail() returns trigger language plpgsql as $$ begin
         if nextval('attempts') <= new.name::integer then
           raise exception using errcode = case new.name when '3' then '40001' else '40P01' end;
         end if;
         return new;
       end $$`
      )
      await execute(db, 'create trigger fail before insert on sample for each row execute function fail()')
      const insert = async (failures: number) => {
        await execute(db, 'alter sequence attempts restart')
        const { statusCode } = await caller.post('/api/sample/', { name: String(failures) })
        const { rows } = await db.execute(sql.raw('select last_value::integer as attempts from attempts'))
        return { statusCode, ...rows[0] }
      }
      t.same(await insert(3), { statusCode: 201, attempts: 4 })
      t.same(await insert(4), { statusCode: 503, attempts: 4 })
      t.equal((await caller.get('/api/sample/')).json().samples.length, 1)
    }
  )
}
