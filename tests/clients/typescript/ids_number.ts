// Ids as --ids number has them.
export type Id = number;
export const id = (value: bigint): Id => Number(value);
