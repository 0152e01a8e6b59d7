/** Begins each line in which a process says that an answer was not as the OpenAPI document says. */
export const faultMark = "not as documented:";
