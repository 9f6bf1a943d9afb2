import { type RefObject, useEffect, useRef, useState } from 'react'

/** The default width before measurement: on a server and in the first paint. */
const FIRST_WIDTH = 720

/** The current width of an element in whole pixels. */
export const useWidth = <Of extends Element>(): [RefObject<Of | null>, number] => {
  const ref = useRef<Of>(null)
  const [width, setWidth] = useState(FIRST_WIDTH)
  useEffect(() => {
    const element = ref.current
    if (!element) return
    const measure = () => setWidth(Math.max(120, Math.floor(element.getBoundingClientRect().width)))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [ref, width]
}
