// A stream is settled when it ends. If the reader leaves early, the last reported use is settled.
import { createTollgate } from 'tollgate'

const tollgate = await createTollgate({ database: 'memory' })
await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
const call = { organizationId: 'acme', eventType: 'chat_message', quantities: { tokens: 1_000 } }

async function* words(hold) {
  let outputTokens = 0
  for (const word of ['Every', 'word', 'is', 'counted']) {
    outputTokens += 1
    // Reports the use so far. The last report counts.
    hold.used({ inputTokens: 20, outputTokens })
    yield word
  }
}

const tokensUsed = async () => {
  const { limits } = await tollgate.usage.current({ organizationId: 'acme' })
  const { used, held } = limits.find(({ limit }) => limit === 'tokens/day')
  return `${used} used, ${held} held`
}

const whole = await tollgate.run(call, async (hold) => words(hold))
for await (const word of whole) process.stdout.write(`${word} `)
console.log()
console.log(await tokensUsed())

const left = await tollgate.run(call, async (hold) => words(hold))
for await (const word of left) if (word === 'word') break
console.log(await tokensUsed())
await tollgate.close()

// Prints:
// Every word is counted
// 24 used, 0 held
// 46 used, 0 held
