import { ChatWidget } from './chat-widget'
import { Workbench } from './workbench'

export default function Page() {
  return (
    <main>
      <Workbench />
      <ChatWidget />
    </main>
  )
}
