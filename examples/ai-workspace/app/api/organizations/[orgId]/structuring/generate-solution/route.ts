import { aiRoute } from '@/workspace/ai-route'

export const POST = aiRoute('generate_solution', '/structuring/generate-solution')
