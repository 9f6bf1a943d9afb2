import { type DocsPage, docsPage } from './docs-page.ts'
import { type OpenApiDocument, openApiDocument } from './openapi.ts'

/** The document and the page made from it; each is made once, when first asked for. */
export interface Reference {
  readonly document: () => OpenApiDocument
  readonly page: () => Promise<DocsPage>
}

export const createReference = (): Reference => {
  let document: OpenApiDocument | undefined
  let page: Promise<DocsPage> | undefined
  const getDocument = () => {
    document ??= openApiDocument()
    return document
  }
  return {
    document: getDocument,
    page: () => {
      page ??= docsPage(getDocument())
      return page
    },
  }
}
