/**
 * The door `tollgate`, in a folder of its own: Next leaves packages and folders out of a bundle by
 * name, and `tollgate/react` must be in it.
 * @module
 */
export * from '../index.ts'
