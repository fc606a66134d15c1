import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { ManagedUser } from '../../managed/store.ts';
import { findUser } from '../../people-and-models.ts';

export const SHORTEST_PASSWORD = 12;

const derive = promisify<string, Buffer, number, Buffer>(scrypt);
const BYTES = 32;

/** @returns `scrypt$SALT$KEY`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, BYTES);
  return `scrypt$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** @returns whether the password is right. The sandbox's own users have known ones until somebody changes them. */
export async function isPassword(password: string, { id, passwordHash }: ManagedUser): Promise<boolean> {
  if (passwordHash === null) return findUser(id)?.password === password;
  const [, salt = '', key = ''] = passwordHash.split('$');
  const expected = Buffer.from(key, 'base64url');
  const given = await derive(password, Buffer.from(salt, 'base64url'), BYTES);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
