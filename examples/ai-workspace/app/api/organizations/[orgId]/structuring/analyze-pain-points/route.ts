import { aiRoute } from '@/workspace/ai-route'

export const POST = aiRoute('analyze_pain_points', '/structuring/analyze-pain-points')
