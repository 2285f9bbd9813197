// Broadcasts of every kind, and a client on another BACnet network behind a router.
//
//   client 10.32.0.1 ── annex, network 2 ── router ── network 1, building ── gateways 10.31.0.10, 10.31.0.11
'use strict';

const assert = require('assert');
const path = require('path');
const { step, must, skip, run } = require('./lib/tap.js');
const { World, until, sleep, netns, must: command } = require('./lib/world.js');
const { Client, TYPE, PROP, bvlc, npdu, whoIsApdu, ctxObject, ctxUnsigned } = require('./lib/wire.js');
const { makers } = require('./lib/clients.js');
const { points, point, state } = require('./lib/facts.js');
const { cov, event, wrap, value, macOf } = require('./lib/notifications.js');

const world = new World();
const port = 47808;
const building = { address: '10.31.0.255', port };
const router = { address: '10.32.0.254', port };
const annex = { address: '10.32.0.255', port };
const gateways = [];
let near, sim;
const mac = (place) => Buffer.from([...place.address.split('.').map(Number), port >> 8, port & 255]);
const ids = (found) => found.map((f) => f.device).sort((a, b) => a - b);

if (!netns)
	must('network namespaces', () => skip('the routed case needs network namespaces'));
else {
	must('two gateways in the building, a router to the annex', async () => {
		await world.open();
		await world.bridge('annex', '10.32.0.1');
		await command('ip', 'route', 'add', '255.255.255.255', 'dev', 'building');
		const between = await world.namespace('router');
		await world.wire(between, 'building', '10.31.0.254');
		await world.wire(between, 'annex', '10.32.0.254');
		const r = world.start('router', process.execPath, [path.join(__dirname, 'lib/router.js'), '1:10.31.0.254:10.31.0.255', '2:10.32.0.254:10.32.0.255'],
			{ prefix: between.prefix });
		await r.line(/ready/);
		near = await new Client().open('0.0.0.0', port);
		sim = await world.simulator();
		for (const [i, bacnet] of [{ device_instance: 1338 }, { device_instance: 1339, network_number: 1, address: undefined, interface: 'eth0' }].entries()) {
			const place = await world.place(`gateway${i}`);
			gateways.push(await world.daemon({ place, bacnet, ups: { link: i ? world.path('nothing-here') : sim.link } }));
		}
		await until('both answer', async () => ids(await near.whoIs(building, { ms: 300 })).join() === '1338,1339');
		await until('Running', async () => await near.get(gateways[0].to, state('DeviceStatus').object, PROP.presentValue) === 1, 20000);
	});

	step('Who-Is to the subnet, to 255.255.255.255, and to one', async () => {
		assert.deepStrictEqual(ids(await near.whoIs(building)), [1338, 1339]);
		assert.deepStrictEqual(ids(await near.whoIs({ address: '255.255.255.255', port })), [1338, 1339]);
		assert.deepStrictEqual(ids(await near.whoIs(gateways[1].to, { broadcast: false })), [1339]);
		assert.deepStrictEqual(ids(await near.whoIs(building, { npduOptions: { dnet: 0xffff } })).filter((x, i, all) => all.indexOf(x) === i), [1338, 1339]);
	});

	step('2.2 a question that goes to the subnet and to 255.255.255.255 is answered once, and asked again it is answered again', async () => {
		for (let i = 0; i < 2; i++) {
			let answers = 0;
			const fn = ({ apdu, from }) => answers += !!apdu && apdu.type === 'unconfirmed' && apdu.service === 0 && from.address === gateways[0].place.address;
			near.listeners.add(fn);
			await near.send(bvlc(11, npdu(whoIsApdu(1338, 1338))), building);
			await near.send(bvlc(11, npdu(whoIsApdu(1338, 1338))), { address: '255.255.255.255', port });
			await new Promise((resolve) => setTimeout(resolve, 60));
			near.listeners.delete(fn);
			assert.strictEqual(answers, 1);
		}
	});

	step('limits of Who-Is hold', async () => {
		assert.deepStrictEqual(ids(await near.whoIs(building, { low: 0, high: 1338 })), [1338]);
		assert.deepStrictEqual(ids(await near.whoIs(building, { low: 1339, high: 4194303 })), [1339]);
		assert.deepStrictEqual(ids(await near.whoIs(building, { low: 1340, high: 4194303 })), []);
		assert.deepStrictEqual(ids(await near.whoIs(building, { low: 1339, high: 1338 })), []);
	});

	step('a gateway that restarts says I-Am once', async () => {
		const heard = near.hear(({ apdu, from }) => apdu && apdu.type === 'unconfirmed' && apdu.service === 0 && from.address === gateways[1].place.address, 5000);
		assert.strictEqual((await gateways[1].stop()).code, 0);
		gateways[1] = await world.daemon({ name: 'again', place: gateways[1].place, file: gateways[1].conf, state: gateways[1].state });
		const item = await heard;
		assert(item, 'no I-Am');
		assert.strictEqual(item.datagram.fn, 11);
		assert.strictEqual(await near.hear(({ apdu, from }) => apdu && apdu.service === 0 && apdu.type === 'unconfirmed'
			&& from.address === gateways[1].place.address, 500), null);
	});

	step('the router is found from the annex', async () => {
		const answer = near.hear(({ datagram, from }) => datagram.npdu && datagram.npdu.message === 1 && from.address === router.address);
		await near.send(bvlc(11, npdu(Buffer.from([0, 1]), { message: 0 })), annex);
		assert.deepStrictEqual([...(await answer).datagram.npdu.apdu], [0, 1]);
	});

	const routed = (found) => found.filter((f) => f.from.address === router.address);
	const once = (found) => ids(found).filter((x, i, all) => all.indexOf(x) === i);

	step('a global broadcast from the annex finds both; their answers come back through the router', async () => {
		const found = routed(await near.whoIs(annex, { npduOptions: { dnet: 0xffff }, ms: 800 }));
		assert.deepStrictEqual(once(found), [1338, 1339]);
		for (const f of found) {
			assert.strictEqual(f.npdu.snet, 1);
			assert(f.npdu.sadr.equals(mac(gateways[f.device - 1338].place)), f.npdu.sadr.toString('hex'));
		}
	});

	step('a broadcast on network 1 from the annex finds both', async () => {
		assert.deepStrictEqual(once(routed(await near.whoIs(router, { broadcast: false, npduOptions: { dnet: 1 }, ms: 800 }))), [1338, 1339]);
	});

	step('a broadcast in the annex alone finds nobody', async () => {
		assert.deepStrictEqual(await near.whoIs(annex), []);
	});

	const far = (gateway) => ({ ...router, net: 1, adr: mac(gateway.place) });

	step('a client in the annex reads a property', async () => {
		assert.strictEqual(await near.get(far(gateways[0]), [TYPE.device, 1338], PROP.vendorIdentifier), 591);
		assert.strictEqual(await near.get(far(gateways[1]), [TYPE.device, 4194303], PROP.vendorIdentifier), 591);
	});

	step('a DNET that is not ours is not answered', async () => {
		const answer = near.hear(({ apdu, from }) => apdu && apdu.service === 0 && from.address === gateways[0].place.address, 500);
		await near.send(bvlc(10, npdu(whoIsApdu(), { dnet: 7 })), gateways[0].to);
		assert.strictEqual(await answer, null);
	});

	step('a subscriber in the annex is told through the router, and confirms', async () => {
		const charge = point('BATTERY_%').object, to = far(gateways[0]);
		const first = cov.next(near);
		await cov.subscribe(near, to, 5, charge, true, 300);
		await cov.confirm(near, to, (await first).invoke);
		for (const level of [52, 61]) {
			const change = cov.next(near);
			sim.type(`set BATTERY_% ${level}`);
			const n = await change;
			assert.strictEqual(n.value, level);
			assert.strictEqual(n.confirmed, true);
			await cov.confirm(near, to, n.invoke);
		}
		await cov.subscribe(near, to, 5, charge);
	});

	step('a recipient in the annex is told of an alarm through the router, confirmed and not', async () => {
		const charge = point('BATTERY_%').object, to = far(gateways[0]);
		const write = (object, property, ...parts) => near.request(to, 15, Buffer.concat([ctxObject(0, object), ctxUnsigned(1, property), wrap(3, ...parts)]));
		await write(charge, 113, value(2, 0));
		await write(charge, 356, value(2, 0));
		for (const [level, confirmed] of [[12, false], [80, true], [12, true]]) {
			await write([15, 2], 102, event.destination(macOf('10.32.0.1', port), 9, confirmed, 2));
			const told = event.next(near);
			sim.type(`set BATTERY_% ${level}`);
			const n = await told;
			assert.strictEqual(n.confirmed, confirmed);
			assert.strictEqual(n.to, level === 12 ? 4 : 0);
			if (confirmed)
				await event.confirm(near, to, n.invoke);
		}
		await sleep(300);                        // this place hears the building too, so the same comes twice
		assert.strictEqual(await near.hear((i) => event.is(i), 4000), null);     // confirmed, so not said again
		await write([15, 2], 102);
		sim.type('set BATTERY_% 80');
	});

	step('long answers arrive in segments, of every size', async () => {
		const list = points.map((p) => [p.object, [PROP.objectName, PROP.units, PROP.description]]);
		const direct = await near.readMultiple(gateways[0].to, list, { maxSegments: 7 });
		const remarks = [];
		for (const [code, size] of [[5, 1476], [4, 1024], [3, 480], [2, 206], [1, 128], [0, 50]]) {
			for (const window of [1, 4, 127]) {
				near.largest = 0;
				const answer = await near.readMultiple(far(gateways[0]), list, { maxApdu: code, maxSegments: 7, window });
				assert.deepStrictEqual([...answer], [...direct]);
				assert(near.largest <= size, `${near.largest} octets for a client that takes ${size}`);
				assert(answer.segments > 1);
				if (window === 1)
					remarks.push(`${size}: ${answer.segments}`);
			}
		}
		return remarks.join(', ');
	});

	for (const { name, make, segments } of makers)
		step(`${name} in the annex reads through the router${segments ? ', also in segments' : ''}`, async () => {
			near.close();
			const client = make({ port, interface: '0.0.0.0', broadcastAddress: annex.address });
			await client.ready;
			try {
				assert.deepStrictEqual(await client.read(far(gateways[0]), [TYPE.device, 1338], PROP.vendorIdentifier), [591]);
				const all = await client.readAll(far(gateways[0]), [TYPE.device, 1338], segments ? { maxApdu: 3 } : {});
				assert.deepStrictEqual(all.get(PROP.vendorIdentifier), [591]);
			} finally {
				client.close();
				near = await new Client().open('0.0.0.0', port);
			}
		});

	world.judge();
	step('the sockets close', () => near.close());
}
run();
