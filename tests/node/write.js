// What clients may write: the three policies, the values that stay over a restart, the refusals, the clock.
'use strict';

const assert = require('assert');
const fs = require('fs');
const { step, must, run } = require('./lib/tap.js');
const { World, until, sleep, slow } = require('./lib/world.js');
const { Client, Failed, TYPE, PROP, app, bvlc, npdu } = require('./lib/wire.js');
const { makers } = require('./lib/clients.js');
const { netns } = require('./lib/world.js');
const { point, state, bitString } = require('./lib/facts.js');

const world = new World();
let place, sim, upsd, wire;
const device = [TYPE.device, 1338];
const charge = point('BATTERY_%').object;
const get = (object, property, index) => wire.get(upsd.to, object, property, index);
const write = (object, property, value, options) => wire.write(upsd.to, object, property, value, options);

async function refused(promise, ...errors) {
	try {
		await promise;
	} catch (e) {
		if (e instanceof Failed && e.answer.type === 'error' && errors.some((x) => x.join() === e.answer.error.join()))
			return;
		throw e;
	}
	throw new Error(`accepted, where ${JSON.stringify(errors)} was due`);
}
const DENIED = [2, 40], OUT_OF_RANGE = [2, 37], WRONG_TYPE = [2, 9];

async function start(writable) {
	upsd = await world.daemon({ name: 'upsd', place, bacnet: { writable }, ups: { link: sim.link } });
	await until('Running', async () => await get(state('DeviceStatus').object, PROP.presentValue) === 1, 20000);
}

async function restart(writable) {
	assert.strictEqual((await upsd.stop()).code, 0);
	await start(writable);
}

must('a gateway that takes labels', async () => {
	await world.open();
	place = await world.place('gateway');
	wire = await new Client().open(world.here);
	sim = await world.simulator();
	await start(undefined);
});

step('names, descriptions, Location and COV_Increment are written', async () => {
	await write(device, PROP.objectName, app.string('UPS of the cellar'));
	await write(device, PROP.description, app.string('Größe 3 m²'));
	await write(device, PROP.location, app.string('Cellar, row 2'));
	await write(charge, PROP.description, app.string('Charge'));
	await write(charge, PROP.covIncrement, app.real(2.5));
	await write(bitString('UnitAlarms').object, PROP.description, app.string('Alarms here'));
});

async function written() {
	for (const [object, property, expected] of [
		[device, PROP.objectName, 'UPS of the cellar'], [device, PROP.description, 'Größe 3 m²'], [device, PROP.location, 'Cellar, row 2'],
		[charge, PROP.description, 'Charge'], [charge, PROP.covIncrement, 2.5],
		[bitString('UnitAlarms').object, PROP.description, 'Alarms here'],
	])
		assert.strictEqual(await get(object, property), expected);
}

step('they read back', written);

step('a write with a priority is taken, one to a property that is not there is not', async () => {
	await write(charge, PROP.covIncrement, app.real(2.5), { priority: 8 });
	await refused(write(charge, 4000, app.unsigned(1)), [2, 32]);
	await refused(write([TYPE.analogValue, 999], PROP.presentValue, app.real(1)), [1, 31]);
});

step('everything else is refused', async () => {
	await refused(write(charge, PROP.presentValue, app.real(1)), DENIED);
	await refused(write(charge, PROP.outOfService, app.boolean(true)), DENIED);
	await refused(write(charge, PROP.units, app.enumerated(1)), DENIED);
	await refused(write(charge, PROP.objectName, app.string('x')), DENIED);
	await refused(write(device, PROP.vendorName, app.string('x')), DENIED);
	await refused(write(device, PROP.objectList, app.unsigned(0), { index: 0 }), DENIED);
});

step('a wrong type, a wrong value', async () => {
	await refused(write(charge, PROP.covIncrement, app.string('x')), WRONG_TYPE);
	await refused(write(charge, PROP.covIncrement, app.real(-1)), OUT_OF_RANGE);
	await refused(write(device, PROP.objectName, app.real(1)), WRONG_TYPE);
	await written();
});

step('the npm clients write too', async () => {
	for (const { make } of makers) {
		const client = make({ port: netns ? 47808 : 0, broadcastAddress: place.broadcast });
		await client.ready;
		await client.write(upsd.to, charge, PROP.description, 'string', `by ${client.name}`);
		assert.strictEqual(await get(charge, PROP.description), `by ${client.name}`);
		await assert.rejects(client.write(upsd.to, charge, PROP.presentValue, 'real', 1));
		client.close();
	}
	await write(charge, PROP.description, app.string('Charge'));
});

step('what was written stays over a restart', async () => {
	const revision = await get(device, PROP.databaseRevision);
	await restart(undefined);
	await written();
	assert(await get(device, PROP.databaseRevision) >= revision);
});

step('writable = none refuses labels', async () => {
	await restart('none');
	await refused(write(device, PROP.location, app.string('x')), DENIED);
	await refused(write(charge, PROP.description, app.string('x')), DENIED);
	await refused(write(charge, PROP.covIncrement, app.real(1)), DENIED);
	await written();
});

step('writable = test: Present_Value follows only Out_Of_Service', async () => {
	await restart('test');
	await refused(write(charge, PROP.presentValue, app.real(11)), DENIED);
	await write(charge, PROP.outOfService, app.boolean(true));
	assert.deepStrictEqual(await get(charge, PROP.statusFlags), [false, false, false, true]);
	await write(charge, PROP.presentValue, app.real(11));
	assert.strictEqual(await get(charge, PROP.presentValue), 11);
	await write(charge, PROP.reliability, app.enumerated(7));         // a fault is an event state that is not normal: in-alarm too
	assert.deepStrictEqual(await get(charge, PROP.statusFlags), [true, true, false, true]);
	sim.type('set BATTERY_% 55');
	await until('the UPS to be polled', async () => {
		await new Promise((r) => setTimeout(r, 1500));
		return true;
	});
	assert.strictEqual(await get(charge, PROP.presentValue), 11);
	const battery = state('BatteryStatus').object;
	await write(battery, PROP.outOfService, app.boolean(true));
	await refused(write(battery, PROP.presentValue, app.unsigned(0)), OUT_OF_RANGE);
	await refused(write(battery, PROP.presentValue, app.unsigned(11)), OUT_OF_RANGE);
	await write(battery, PROP.presentValue, app.unsigned(3));
	assert.strictEqual(await get(battery, PROP.presentValue), 3);
	await write(charge, PROP.outOfService, app.boolean(false));
	await until('the measured value', async () => await get(charge, PROP.presentValue) === 55);
	assert.deepStrictEqual(await get(charge, PROP.statusFlags), [false, false, false, false]);
});

step('Out_Of_Service does not outlive a restart', async () => {
	await restart('test');
	assert.strictEqual(await get(state('BatteryStatus').object, PROP.outOfService), false);
	await written();
});

// TimeSynchronization moves the gateway's idea of the time, not the host's.  The clock shown is the UPS's when it has one.
step('TimeSynchronization and UTCTimeSynchronization are taken', async () => {
	const send = (choice, body) => wire.send(bvlc(10, npdu(Buffer.concat([Buffer.from([0x10, choice]), body]))), upsd.to);
	await send(6, Buffer.concat([app.date(2031, 5, 6, 2), app.time(7, 8, 9)]));
	await send(9, Buffer.concat([app.date(2031, 5, 6, 2), app.time(7, 8, 9)]));
	await send(6, Buffer.concat([app.date(2031, 5, 6, 2)]));
	// 8.2: the value that was sent, and only that
	const shows = async (what, expected) => until(what, async () => {
		const [year, month, day, weekday] = await get(device, PROP.localDate);
		const [hour, minute, second] = await get(device, PROP.localTime);
		return [1900 + year, month, day, weekday, hour, minute].join() === expected.join() && second < 60;
	}, 5000);
	await shows('the time that was sent last', [2031, 5, 6, 2, 7, 8]);
	let day = 6;
	for (const { make, name } of makers) {
		const client = make({ port: netns ? 47808 : 0, broadcastAddress: place.broadcast });
		await client.ready;
		if (name === 'node-bacnet') {            // 0.2.4 counts months from 0 beside the weekday of the right one: no date, not taken
			client.timeSync(upsd.to, new Date(2031, 4, day + 1, 7, 8, 9));
			client.timeSyncUTC(upsd.to, new Date(2031, 4, day + 1, 7, 8, 9));
			await sleep(300 * slow);
			await shows('the time before', [2031, 5, day, (day - 6 + 1) % 7 + 1, 9, 10]);
			client.close();
			continue;
		}
		client.timeSync(upsd.to, new Date(2031, 4, ++day, 7, 8, 9));
		await shows(`${name}'s TimeSynchronization`, [2031, 5, day, (day - 6 + 1) % 7 + 1, 7, 8]);
		client.timeSyncUTC(upsd.to, new Date(Date.UTC(2031, 4, ++day, 9, 10, 11)));
		const local = new Date(Date.UTC(2031, 4, day, 9, 10, 11));
		await shows(`${name}'s UTCTimeSynchronization`, [local.getFullYear(), local.getMonth() + 1, local.getDate(), local.getDay() || 7, local.getHours(),
			local.getMinutes()]);       // the gateway's zone is ours
		client.close();
	}
});

// VU-MAP is the family whose manual has the words to write (page 51).  The simulator's clock is read back over the serial line.
step('the clock of the UPS follows, where that is wanted', async () => {
	const vu = await world.simulator({ family: 'vu-map' });
	const other = await world.place('other');
	const gateway = await world.daemon({ name: 'clock', place: other, bacnet: { device_instance: 1339 },
		ups: { family: 'vu-map', link: vu.link, set_clock: 'yes' } });
	await until('Running', async () => await wire.get(gateway.to, state('DeviceStatus').object, PROP.presentValue) === 1, 20000);
	const status = async () => JSON.parse((await world.tool(gateway, 'status', '--json')).stdout).ups[0];
	assert.strictEqual((await status()).link.clock_set, '');
	await wire.send(bvlc(10, npdu(Buffer.concat([Buffer.from([0x10, 6]), app.date(2031, 5, 6, 2), app.time(7, 8, 9)]))), gateway.to);
	await until('it is set', async () => /^set to 2031-05-06 07:08:(09|1\d), function 16 at 0x00CB$/.test((await status()).link.clock_set), 10000);
	await until('it is read back', async () => /^2031-05-06T07:08:/.test((await status()).clock), 10000);
	const before = (await status()).link.clock_set;
	await wire.send(bvlc(10, npdu(Buffer.concat([Buffer.from([0x10, 6]), app.date(2032, 5, 6, 4), app.time(7, 8, 9)]))), gateway.to);
	await sleep(1500 * slow);
	assert.strictEqual((await status()).link.clock_set, before);             // once a minute
	assert.strictEqual(gateway.lines.filter((l) => /the clock of the UPS is set to 2031-05-06/.test(l)).length, 1);
	assert.strictEqual((await gateway.stop()).code, 0);
});

step('the state directory holds nothing but complete files', async () => {
	const names = fs.readdirSync(upsd.state);
	assert.deepStrictEqual(names.filter((n) => n.endsWith('.json')), ['kept.json']);
	assert(!names.some((n) => /tmp|\.new$/.test(n)), names.join(' '));
	wire.close();
});

world.judge();
run();
