// The gateway for a long time: clients that read and write, a UPS with every fault in turn, garbage, reloads.
//
//   node soak.js [--seconds N]
//
// It must answer throughout, be Running again after the last fault, and not grow.
'use strict';

const assert = require('assert');
const fs = require('fs');
const { must, step, run } = require('./lib/tap.js');
const { World, until, sleep, slow } = require('./lib/world.js');
const { Client, Failed, TYPE, PROP, app, bvlc, npdu, confirmed, readMultipleBody, whoIsApdu } = require('./lib/wire.js');
const { points, state, point } = require('./lib/facts.js');

const seconds = Number(process.argv[process.argv.indexOf('--seconds') + 1]) || 8;
const seed = Number(process.env.BACNET_UPS_SEED) || Date.now() % 0x7fffffff || 1;
const world = new World();
const device = [TYPE.device, 1338];
let place, sim, upsd, client, vandal;
let random = seed;

// Park and Miller's generator, so that a run can be had again.
function below(n) {
	random = random * 48271 % 0x7fffffff;
	return random % n;
}

const status = () => client.get(upsd.to, state('DeviceStatus').object, PROP.presentValue);
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${upsd.child.pid}/status`, 'utf8'))[1]);

must(`a gateway (seed ${seed})`, async () => {
	await world.open();
	place = await world.place('gateway');
	client = await new Client().open(world.here);
	// From an address of its own: answers to garbage are not to be mixed up with answers to questions.
	vandal = await new Client().open(world.elsewhere);
	sim = await world.simulator();
	upsd = await world.daemon({ place, bacnet: { writable: 'test' }, ups: { link: sim.link } });
	await until('Running', async () => await status() === 1, 20000);
});

const faults = ['silence 300ms', 'crc every 3 for 1s', 'slave every 3 for 1s', 'exception 4 every 2 for 1s', 'truncate 3 every 3 for 1s',
	'slow 300ms for 1s', 'gaps 5ms for 1s', 'noise 3 for 1s', 'babble 300ms', 'unplug 500ms', 'freeze 0x1060 for 1s', 'none'];
const request = readMultipleBody([[device, [PROP.all]]]);
const deeds = [
	() => client.read(upsd.to, points[below(88)].object, PROP.presentValue),
	() => client.readMultiple(upsd.to, [[points[below(88)].object, [PROP.all]]]),
	() => client.readMultiple(upsd.to, points.map((p) => [p.object, [PROP.presentValue, PROP.statusFlags]]), { maxApdu: below(6), window: 1 + below(20) }),
	() => client.write(upsd.to, device, PROP.location, app.string(`place ${below(1000)}`)),
	() => client.write(upsd.to, points[below(88)].object, PROP.outOfService, app.boolean(below(2))),
	() => client.send(bvlc(11, npdu(whoIsApdu(below(2000), below(4000)))), upsd.to),
	() => {
		const frame = bvlc(10, npdu(confirmed(14, request, { invoke: below(256) }), { expecting: true }));
		for (let i = 1 + below(4); i > 0; i--)
			frame[4 + below(frame.length - 4)] = below(256);
		return vandal.send(frame, upsd.to);
	},
];

step('it answers throughout', async () => {
	const end = Date.now() + seconds * 1000;
	let count = 0, refused = 0, nextFault = 0, nextReload = 0, first = 0, peak = 0;
	while (Date.now() < end) {
		if (Date.now() > nextFault) {
			sim.type(`fault ${faults[below(faults.length)]}`);
			sim.type(`set BATTERY_% ${below(101)}`);
			nextFault = Date.now() + 700;
		}
		if (Date.now() > nextReload) {
			upsd.kill('SIGHUP');
			nextReload = Date.now() + 3000;
		}
		try {
			await deeds[below(deeds.length)]();
		} catch (e) {
			if (!(e instanceof Failed))
				throw e;
			refused++;
		}
		count++;
		if (count === 2000)
			first = memory();
		peak = Math.max(peak, count % 500 === 0 ? memory() : 0);
	}
	// AddressSanitizer keeps what was freed: its quarantine is no leak, and LeakSanitizer looks at the end.
	if (first && slow === 1)
		assert(peak < first * 1.5 + 1024, `it grew from ${first} KiB to ${peak} KiB`);
	return `${count} deeds, ${refused} refused, ${peak} KiB`;
});

step('after the last fault it is Running and shows what the UPS says', async () => {
	sim.type('fault none');
	sim.type('set BATTERY_% 77');
	await until('Running', async () => await status() === 1, 60000);
	await client.write(upsd.to, point('BATTERY_%').object, PROP.outOfService, app.boolean(false));
	await until('the charge', async () => await client.get(upsd.to, point('BATTERY_%').object, PROP.presentValue) === 77, 30000);
	await sleep(10);
	client.close();
	vandal.close();
});

world.judge({ except: world.elsewhere });
run();
