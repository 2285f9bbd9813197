// A storm of Who-Is, or of garbage, must not take the gateway away from another client.  What is compared: reads a second while the
// storm hits the gateway, against reads a second while the same storm hits a closed port of the same host; so that the test's own
// hunger for CPU counts on both sides.
'use strict';

const assert = require('assert');
const path = require('path');
const { step, must, run } = require('./lib/tap.js');
const { World, until } = require('./lib/world.js');
const { Client, TYPE, PROP, bvlc, npdu, whoIsApdu, confirmed, readMultipleBody } = require('./lib/wire.js');

const world = new World();
const device = [TYPE.device, 1338];
const SECONDS = 1;
const RATE = 20000;                      // datagrams a second
const LEAST = 100;                       // reads a second: somebody is served.  How many is measured in bench/, not asserted here
let place, upsd, client;

must('a gateway', async () => {
	await world.open();
	place = await world.place('gateway');
	client = await new Client().open(world.here);
	upsd = await world.daemon({ place, ups: { link: world.path('nothing-here') } });
	await until('an answer', () => client.get(upsd.to, device, PROP.vendorIdentifier), 5000);
});

// Reads a second, and how many got no answer at the first try, with four readers in turn.
async function reads() {
	const end = Date.now() + SECONDS * 1000;
	let done = 0, lost = 0;
	await Promise.all(Array.from({ length: 4 }, async () => {
		while (Date.now() < end) {
			try {
				await client.get(upsd.to, device, PROP.vendorIdentifier, undefined, { timeout: 200, retries: 0 });
				done++;
			} catch {
				lost++;
			}
		}
	}));
	return { rate: done / SECONDS, lost };
}

async function under(frames, port) {
	const flood = world.start('flood', process.execPath, [path.join(__dirname, 'lib/flood.js'), `${place.address}@${world.elsewhere}`, String(port), String(SECONDS + 0.5), String(RATE),
		...frames.map((f) => f.toString('hex'))]);
	await flood.line(/ready/);
	const result = await reads();
	result.sent = Number((await flood.line(/^sent/)).split(' ')[1]);
	await flood.exited;
	return result;
}

const garbage = Array.from({ length: 50 }, (_, i) => Buffer.from(Array.from({ length: 1 + i * 7 % 60 }, (__, j) => (i * 31 + j * 17) & 255)));
for (const [name, frames] of [
	['Who-Is', [bvlc(11, npdu(whoIsApdu()))]],
	['garbage', garbage],
	['broken requests', [bvlc(10, npdu(confirmed(14, Buffer.from([0x0c, 2, 0, 5, 0x3a, 0x1e])))), bvlc(10, npdu(confirmed(99, Buffer.alloc(0))))]],
	['first segments', [bvlc(10, npdu(Buffer.concat([Buffer.from([0x0e, 0x75, 3, 0, 127, 15]), Buffer.alloc(400)])))]],
	['Who-Is from made-up networks', Array.from({ length: 60 }, (_, i) => bvlc(11, npdu(whoIsApdu(), { snet: 1 + i, sadr: [i] })))],
	['3.2 Property_List 440 times, two segments', Array.from({ length: 20 }, (_, i) =>
		bvlc(10, npdu(confirmed(14, readMultipleBody([[device, Array(440).fill(PROP.propertyList)]]), { invoke: i, maxSegments: 1 }), { expecting: true })))],
	['3.4 answers of 21 KB, and guessed acknowledgements', Array.from({ length: 40 }, (_, i) => bvlc(10, i % 4 === 0
		? npdu(confirmed(14, readMultipleBody([[device, Array(40).fill(PROP.objectList)]]), { invoke: i }), { expecting: true })
		: npdu(Buffer.from([0x40, i - i % 4, (i % 4 - 1) * 16, 127]))))],
])
	step(`a storm of ${name}`, async () => {
		const ratios = [];
		let remark, best = 0;
		for (let round = 0; round < 3; round++) {
			const aside = await under(frames, place.port + 7);
			const storm = await under(frames, place.port);
			ratios.push(storm.rate / aside.rate);
			best = Math.max(best, storm.rate);
			remark = `${Math.round(storm.rate)} of ${Math.round(aside.rate)} reads/s under ${Math.round(storm.sent / (SECONDS + 0.5))} datagrams/s, ${storm.lost} late`;
			if (ratios[round] >= 0.5)
				break;
		}
		assert(best >= LEAST, `ratios ${ratios.map((r) => r.toFixed(2))}; ${remark}`);
		return `ratio ${Math.max(...ratios).toFixed(2)}: ${remark}`;
	});

step('the gateway has lived through it', async () => {
	assert.strictEqual(await client.get(upsd.to, device, PROP.vendorIdentifier), 591);
	client.close();
});
run();
