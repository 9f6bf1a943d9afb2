import { answerTo } from './answer.ts'

export const open = () => {
  const POST = async (request: Request) => {
    const { question } = (await request.json()) as { question: string }
    const { text } = await answerTo(question)
    return Response.json({ text })
  }

  return POST
}
