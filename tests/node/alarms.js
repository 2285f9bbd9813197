// Alarms: who stands in a Notification Class is told, in words; acknowledged, asked for, and still known after a restart.
'use strict';

const assert = require('assert');
const fs = require('fs');
const { step, must, run } = require('./lib/tap.js');
const { World, until, netns, slow } = require('./lib/world.js');
const { Client, Failed, PROP, tagged, ctxUnsigned, ctxObject } = require('./lib/wire.js');
const { makers } = require('./lib/clients.js');
const { point, state, bitString } = require('./lib/facts.js');

const world = new World();
const charge = point('BATTERY_%').object, PREVENTIVE = [15, 2];
const ACKNOWLEDGE = 0, CONFIRMED = 2, ALARMS = 3, ENROLLMENTS = 4, WRITE = 15, INFORMATION = 29, UNCONFIRMED = 3;
const P = { recipients: 102, delay: 113, delayNormal: 356, acked: 0, eventState: 36, lowLimit: 59 };
let place, sim, upsd, wire, event;

const app = (number, ...octets) => tagged(number, false, octets);
const wrap = (number, ...parts) => Buffer.concat([Buffer.from([number << 4 | 0xe]), ...parts, Buffer.from([number << 4 | 0xf])]);
const write = (object, property, ...value) => wire.request(upsd.to, WRITE,
	Buffer.concat([ctxObject(0, object), ctxUnsigned(1, property), wrap(3, ...value)]));
// BACnetDestination: each day, all day, an address, process, confirmed?, all transitions
const destination = (port, process, confirmed) => Buffer.concat([app(8, 1, 0xfe), app(11, 0, 0, 0, 0), app(11, 23, 59, 59, 99),
	wrap(1, app(2, 0), app(6, ...world.here.split('.').map(Number), port >> 8, port & 0xff)), app(2, process),
	Buffer.from([confirmed ? 0x11 : 0x10]), app(8, 5, 0xe0)]);

// Of a notification: the text, the time stamp as it stands on the wire, and the two states.
function told(item) {
	const b = item.apdu.body, stamp = b.indexOf(Buffer.from([0x3e])), end = b.indexOf(Buffer.from([0x3f]), stamp + 12);
	const tail = b.subarray(end + 1), head = tail.indexOf(Buffer.from([0x7d]));
	const text = head < 0 ? '' : tail.subarray(head + 3, head + 2 + tail[head + 1]).toString();
	const after = head < 0 ? tail : tail.subarray(head + 2 + tail[head + 1]);
	return { process: b[1], stamp: b.subarray(stamp + 1, end), text, notify: after[1], to: after[after[1] === 2 ? 3 : 7], class: tail[1],
		confirmed: item.apdu.type === 'request', invoke: item.apdu.invoke };
}
const isNotification = (item) => item.apdu && ((item.apdu.type === 'unconfirmed' && item.apdu.service === UNCONFIRMED) ||
	(item.apdu.type === 'request' && item.apdu.service === CONFIRMED));

async function next(client, test = () => true, ms = 10000) {
	const item = await client.hear((i) => isNotification(i) && test(told(i)), ms * slow);
	assert(item, 'no notification came');
	return told(item);
}
const acknowledge = (stamp, eventState) => wire.request(upsd.to, ACKNOWLEDGE, Buffer.concat([ctxUnsigned(0, 77), ctxObject(1, charge),
	ctxUnsigned(2, eventState), wrap(3, stamp), tagged(4, true, [0, ...Buffer.from('the test')]), wrap(5, stamp)]));

async function start() {
	upsd = await world.daemon({ name: 'upsd', place, bacnet: { apdu_timeout: 1000, apdu_retries: 1 }, ups: { link: sim.link } });
	await until('Running', async () => await wire.get(upsd.to, state('DeviceStatus').object, PROP.presentValue) === 1, 20000);
}

must('a gateway', async () => {
	await world.open();
	place = await world.place('gateway');
	wire = await new Client().open(world.here);
	sim = await world.simulator();
	sim.type('set BATTERY_% 80');
	await start();
	await until('80 %', async () => await wire.get(upsd.to, charge, PROP.presentValue) === 80);
	await write(charge, P.delay, app(2, 0));
	await write(charge, P.delayNormal, app(2, 0));
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
