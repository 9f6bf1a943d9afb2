/**
 * The entry point `tollgate`, in its own folder. Next excludes packages and folders from a bundle
 * by name, and `tollgate/react` must be included.
 * @module
 */
export * from '../index.ts'
