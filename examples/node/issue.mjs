// Asks firstcome for a coupon: node issue.mjs URL COUPON USER. Node 18 or newer; no packages.
import { pathToFileURL } from 'node:url';

const hasIt = [200, 201, 202]; // had it, got it, was accepted
const sleep = (ms) => new Promise((done) => setTimeout(done, Math.max(0, ms)));

// {yes: true, record} or {yes: false, code}. Throws when nobody knows yet: ask again later.
// A user id above 2^53 is no JavaScript number: pass it as a text of digits.
export async function issue(url, coupon, user, { deadlineMs = 15000, tryMs = 6000 } = {}) {
  const body = `{"userId":${BigInt(user)}}`;
  const giveUp = Date.now() + deadlineMs;
  while (Date.now() < giveUp) {
    let waitMs = 200 + Math.random() * 400; // after a try without an answer
    try {
      const answer = await fetch(`${url}/v1/coupons/${coupon}/issues`, {
        method: 'POST', body, headers: { 'Content-Type': 'application/json' }, redirect: 'manual',
        signal: AbortSignal.timeout(Math.max(1, Math.min(tryMs, giveUp - Date.now()))),
      });
      const told = await answer.json();
      if (hasIt.includes(answer.status)) return { yes: true, record: told };
      if (answer.status === 409) return { yes: false, code: told.code };
      if (answer.status !== 503) throw Object.assign(new Error(`the request is wrong: ${answer.status} ${told.detail}`), { wrong: true });
      waitMs = Math.min(Number(answer.headers.get('Retry-After') ?? 1), 5) * 1000 + Math.random() * 500;
    } catch (error) {
      if (error.wrong) throw error; // all else: no answer, or half of one; asking again tells
    }
    await sleep(Math.min(waitMs, giveUp - Date.now()));
  }
  throw new Error('no answer yet: ask again later, and do not say that it is sold out');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const told = await issue(...process.argv.slice(2));
  console.log(told.yes ? `yes ${told.record.sequence}` : `no ${told.code}`);
  process.exitCode = told.yes ? 0 : 1;
}
