import { docsPage } from './docs-page.ts'
import type { HtmlPage } from './html-reply.ts'
import { type OpenApiDocument, openApiDocument } from './openapi.ts'
import { startPage } from './start-page.ts'

/** The OpenAPI document and the pages made from it. Each is built once, on first use. */
export interface Reference {
  readonly document: () => OpenApiDocument
  readonly page: () => Promise<HtmlPage>
  readonly start: () => Promise<HtmlPage>
}

export const createReference = (basePath: string): Reference => {
  let document: OpenApiDocument | undefined
  let page: Promise<HtmlPage> | undefined
  let start: Promise<HtmlPage> | undefined
  const getDocument = () => {
    document ??= openApiDocument(basePath)
    return document
  }
  return {
    document: getDocument,
    page: () => {
      page ??= docsPage(getDocument())
      return page
    },
    start: () => {
      start ??= startPage(basePath)
      return start
    },
  }
}
