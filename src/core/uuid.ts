const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** True when a text can be an id of Tollgate's own. Other texts need no lookup. */
export const isUuid = (text: string): boolean => UUID.test(text)
