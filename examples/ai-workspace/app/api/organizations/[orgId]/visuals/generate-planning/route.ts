import { aiRoute } from '@/workspace/ai-route'

export const POST = aiRoute('generate_planning', '/visuals/generate-planning')
