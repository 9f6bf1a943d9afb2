import { accountOf } from '@/workspace/account'
import { ChatWidget } from './chat-widget'
import { Shell } from './shell'
import { Workbench } from './workbench'

export default async function Page() {
  const account = await accountOf()
  return (
    <Shell here="/">
      <Workbench userId={account?.userId} />
      <ChatWidget />
    </Shell>
  )
}
