// Ids as --ids string has them.
export type Id = string;
export const id = (value: bigint): Id => String(value);
