/** A message of several lines, such as a schema's, in one. */
export const oneLine = (message: string): string => message.replace(/\s*\n\s*/g, " ")
