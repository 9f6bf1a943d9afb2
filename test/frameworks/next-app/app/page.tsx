import { ask, go } from './actions/ask'

/** Forms whose actions the test sends itself. */
export default function Page() {
  return (
    <main>
      <form action={ask}>
        <button type="submit">ask</button>
      </form>
      <form action={go}>
        <button type="submit">go</button>
      </form>
    </main>
  )
}
