// What a process gets instead of src/app.ts: the same server with the resources of the tests. See process-resources.ts.

export { STOP_GRACE } from '../../src/app.ts'
export { buildWithResources as buildApp } from './resources.ts'
