// Alarms: who stands in a Notification Class is told, in words; acknowledged, asked for, and still known after a restart.
'use strict';

const assert = require('assert');
const fs = require('fs');
const { step, must, run } = require('./lib/tap.js');
const { World, until, sleep, netns, slow } = require('./lib/world.js');
const { Client, Failed, PROP, tagged, ctxUnsigned, ctxObject } = require('./lib/wire.js');
const { makers } = require('./lib/clients.js');
const { point, bitString } = require('./lib/facts.js');
const { event: events, wrap, value, macOf, untilRunning } = require('./lib/notifications.js');

const world = new World();
const charge = point('BATTERY_%').object, PREVENTIVE = [15, 2];
const ACKNOWLEDGE = 0, CONFIRMED = 2, ALARMS = 3, ENROLLMENTS = 4, WRITE = 15, INFORMATION = 29;
const P = { recipients: 102, delay: 113, delayNormal: 356, acked: 0, eventState: 36, lowLimit: 59 };
let place, sim, upsd, wire, event;

const write = (object, property, ...parts) => wire.request(upsd.to, WRITE,
	Buffer.concat([ctxObject(0, object), ctxUnsigned(1, property), wrap(3, ...parts)]));
const destination = (port, process, confirmed) => events.destination(macOf(world.here, port), process, confirmed);
const { next } = events, isNotification = events.is;
const acknowledge = (stamp, eventState) => wire.request(upsd.to, ACKNOWLEDGE, Buffer.concat([ctxUnsigned(0, 77), ctxObject(1, charge),
	ctxUnsigned(2, eventState), wrap(3, stamp), tagged(4, true, [0, ...Buffer.from('the test')]), wrap(5, stamp)]));

async function start() {
	upsd = await world.daemon({ name: 'upsd', place, bacnet: { apdu_timeout: 1000, apdu_retries: 1 }, ups: { link: sim.link } });
	await untilRunning(wire, upsd.to);
}

must('a gateway', async () => {
	await world.open();
	place = await world.place('gateway');
	wire = await new Client().open(world.here);
	sim = await world.simulator();
	sim.type('set BATTERY_% 80');
	await start();
	await until('80 %', async () => await wire.get(upsd.to, charge, PROP.presentValue) === 80);
	await write(charge, P.delay, value(2, 0));
	await write(charge, P.delayNormal, value(2, 0));
	await write(PREVENTIVE, P.recipients, destination(wire.port, 7, false));
});

step('a low battery is told in words, once', async () => {
	const first = next(wire);
	sim.type('set BATTERY_% 12');
	event = await first;
	assert.strictEqual(event.process, 7);
	assert.strictEqual(event.class, 2);
	assert.strictEqual(event.notify, 0);
	assert.strictEqual(event.to, 4);
	assert.match(event.text, /battery charge 12 %, below 30$/);
	assert.strictEqual(await wire.get(upsd.to, charge, P.eventState), 4);
	assert.strictEqual(await wire.hear(isNotification, 1500 * slow), null);
});

step('an acknowledgement that does not fit is refused by name', async () => {
	const refused = (promise, error) => assert.rejects(promise, (e) => e instanceof Failed && e.answer.error.join() === error.join());
	const wrong = Buffer.from(event.stamp);
	wrong[8] ^= 1;
	await refused(acknowledge(wrong, 4), [5, 14]);
	await refused(acknowledge(event.stamp, 3), [5, 73]);
});

step('both npm clients read what is wrong', async () => {
	for (const { make, name } of makers) {
		const client = make({ port: netns ? 47808 : 0, broadcastAddress: place.broadcast });
		await client.ready;
		const state_ = await client.read(upsd.to, charge, P.eventState);
		assert.deepStrictEqual(state_, [4], name);
		assert.deepStrictEqual(await client.read(upsd.to, charge, P.acked), [[false, true, true]], name);
		client.close();
	}
});

step('the npm clients are told, and confirm', async () => {
	for (const { make, name } of makers) {
		const client = make({ port: netns ? 47808 : 0, broadcastAddress: place.broadcast });
		await client.ready;
		const seen = [];
		client.client.on('eventNotify', (m) => {
			seen.push(m);
			if (m.invokeId !== undefined)
				client.client.simpleAckResponse(m.header.sender, CONFIRMED, m.invokeId);
		});
		if (netns) {
			await write(PREVENTIVE, P.recipients, destination(wire.port, 7, false), destination(47808, 8, true));
			sim.type('set BATTERY_% 80');
			await until(`${name} to be told`, async () => seen.length === 1, 10000);
			sim.type('set BATTERY_% 12');
			await until(`${name} to be told again`, async () => seen.length === 2, 10000);
		}
		client.close();
	}
	await write(PREVENTIVE, P.recipients, destination(wire.port, 7, false));
	wire.heard.length = 0;
	sim.type('set BATTERY_% 80');
	await until('normal', async () => await wire.get(upsd.to, charge, P.eventState) === 0, 10000);
	const again = next(wire, (n) => n.to === 4);
	sim.type('set BATTERY_% 12');
	event = await again;
});

step('the npm clients acknowledge', async () => {
	for (const { make, name } of makers) {
		const client = make({ port: netns ? 47808 : 0, broadcastAddress: place.broadcast });
		await client.ready;
		const told = next(wire, (n) => n.notify === 2);
		await client.acknowledge(upsd.to, charge, 4, name, event.stamp);
		assert.strictEqual((await told).text, name);
		assert.deepStrictEqual(await client.read(upsd.to, charge, P.acked), [[true, true, true]], name);
		client.close();
		sim.type('set BATTERY_% 80');
		await until('normal', async () => await wire.get(upsd.to, charge, P.eventState) === 0, 10000);
		const again = next(wire, (n) => n.to === 4);
		sim.type('set BATTERY_% 12');
		event = await again;
	}
});

step('the summaries name it', async () => {
	const id = Buffer.from([0, 0x80, 0, charge[1]]);
	for (const [service, body] of [[ALARMS, Buffer.alloc(0)], [ENROLLMENTS, Buffer.from([0x09, 2])], [INFORMATION, Buffer.alloc(0)]]) {
		const answer = await wire.request(upsd.to, service, body);
		assert(answer.body.includes(id), `service ${service}`);
	}
});

step('an acknowledgement is told, and survives a restart with recipients and delays', async () => {
	const ack = next(wire, (n) => n.notify === 2);
	await acknowledge(event.stamp, 4);
	assert.strictEqual((await ack).text, 'the test');
	sim.type('set BATTERY_% 80');
	await until('normal', async () => await wire.get(upsd.to, charge, P.eventState) === 0, 10000);
	wire.heard.length = 0;
	const again = next(wire, (n) => n.to === 4);
	sim.type('set BATTERY_% 12');
	await again;
	const list = async () => JSON.parse((await world.tool(upsd, 'alarms', '--json')).stdout).alarms.filter((a) => a.name === 'BATTERY_%');
	const [{ number, text, acknowledged }] = await list();
	assert.match(text, /below 30$/);
	assert.strictEqual(acknowledged, false);
	const byTool = next(wire, (n) => n.notify === 2);
	assert.strictEqual((await world.tool(upsd, 'alarms', '--ack', String(number))).code, 0);
	assert.strictEqual((await byTool).text, 'bacnet-ups');
	assert.strictEqual((await list())[0].acknowledged, true);
	assert.strictEqual((await world.tool(upsd, 'alarms', '--ack', '9999')).code, 1);
	assert.strictEqual((await upsd.stop()).code, 0);
	const once = next(wire, (n) => n.to === 4, 20000);
	await start();
	assert.match((await once).text, /below 30$/);
	assert.strictEqual(await wire.get(upsd.to, charge, P.eventState), 4);
	const answer = await wire.request(upsd.to, 12, Buffer.concat([ctxObject(0, charge), ctxUnsigned(1, P.acked)]));
	assert(answer.body.includes(Buffer.from([0x82, 0x05, 0xe0])), answer.body.toString('hex'));
	assert.strictEqual(await wire.hear(isNotification, 1500 * slow), null);
});

step('killed, it still knows recipients, delays and what nobody has acknowledged', async () => {
	sim.type('set BATTERY_% 80');
	await until('normal', async () => await wire.get(upsd.to, charge, P.eventState) === 0, 10000);
	const again = next(wire, (n) => n.to === 4);
	sim.type('set BATTERY_% 12');
	event = await again;
	await sleep(1000);                               // what is not a write of a client is kept a quarter of a second later
	upsd.expected = null;
	upsd.kill('SIGKILL');
	await upsd.exited;
	const once = next(wire, (n) => n.to === 4, 20000);
	await start();
	assert.match((await once).text, /below 30$/);
	assert.strictEqual(await wire.get(upsd.to, charge, P.delay), 0);
	const [alarm] = JSON.parse((await world.tool(upsd, 'alarms', '--json')).stdout).alarms.filter((a) => a.name === 'BATTERY_%');
	assert.strictEqual(alarm.acknowledged, false);
	assert.strictEqual(await wire.hear(isNotification, 1500 * slow), null);
});

step('in the map standard each alarm bit is an object, and tells for itself', async () => {
	const CRITICAL = [15, 1], low = [5, 200 + bitString('UnitAlarms').texts.indexOf('BATTERY LOW')];
	fs.renameSync(world.configuration('next', { place, bacnet: { apdu_timeout: 1000, apdu_retries: 1, object_map: 'standard' }, ups: { link: sim.link } }),
		upsd.conf);
	upsd.kill('SIGHUP');
	await until('the object is there', async () => (await wire.get(upsd.to, low, PROP.presentValue).catch(() => null)) === 0, 10000);
	for (const which of [[15, 2], CRITICAL, [15, 3]])
		await write(which, P.recipients, destination(wire.port, 8, false));
	wire.heard.length = 0;
	const all = [];
	sim.type('alarm UnitAlarms BATTERY LOW on');
	for (let item; (item = await wire.hear(isNotification, 2000 * slow));)
		all.push(item.apdu.body);
	const of = all.filter((body) => body.includes(ctxObject(2, low)));
	assert.strictEqual(of.length, 1, `${all.length} notifications`);
	assert.match(of[0].toString('latin1'), /Unit 1: battery low/);
	assert(!all.some((body) => body.includes(ctxObject(2, bitString('UnitAlarms').object))), 'the bit string tells it too');
	assert.strictEqual(await wire.get(upsd.to, low, P.eventState), 2);
	wire.close();
});

world.judge();
run();
