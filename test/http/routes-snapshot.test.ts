import { expect, it } from 'vitest'
import { documentedRoutes } from '../../src/http/documented-routes.ts'

/** Paths, names, rights and statuses are promises: every change shows up here. */
it('the interface has exactly the routes in routes.txt', async () => {
  const lines = documentedRoutes().map(({ operation, operationId, path, answers }) => {
    const statuses = Object.keys(answers).join(' or ')
    return `${operation.method.toUpperCase()} ${path} → ${operationId}, ${operation.right}, ${statuses}`
  })
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./routes.txt')
})
