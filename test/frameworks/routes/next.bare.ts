import { answerTo } from './answer.ts'

export const open = () => {
  const POST = async (request: Request) => {
    const { text } = await answerTo(((await request.json()) as { question: string }).question)
    return Response.json({ text })
  }

  return POST
}
