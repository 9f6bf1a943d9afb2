import { expect, it } from 'vitest'
import { documentedRoutes } from '../../src/http/documented-routes.ts'

/** Paths, names, rights and statuses are promises: whoever changes one sees it here. */
it('the interface has the routes that routes.txt lists', async () => {
  const lines = documentedRoutes().map(({ operation, operationId, path, answers }) => {
    const statuses = Object.keys(answers).join(' or ')
    return `${operation.method.toUpperCase()} ${path} → ${operationId}, ${operation.right}, ${statuses}`
  })
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./routes.txt')
})
