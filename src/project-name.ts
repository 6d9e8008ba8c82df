// The name of the project, from package.json: the default issuer of its tokens, and a word that passwords must not contain.

import project from '../package.json' with { type: 'json' }

export const PROJECT_NAME: string = project.name
