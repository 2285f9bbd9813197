// What clients may write: the three policies, the values that stay over a restart, the refusals, the clock.
'use strict';

const assert = require('assert');
const fs = require('fs');
const { step, must, run } = require('./lib/tap.js');
const { World, until } = require('./lib/world.js');
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
	await write(charge, PROP.reliability, app.enumerated(7));
	assert.deepStrictEqual(await get(charge, PROP.statusFlags), [false, true, false, true]);
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
	for (const { make } of makers) {
		const client = make({ port: netns ? 47808 : 0, broadcastAddress: place.broadcast });
		await client.ready;
		client.timeSync(upsd.to, new Date(2031, 4, 6, 7, 8, 9));
		client.timeSyncUTC(upsd.to, new Date(2031, 4, 6, 7, 8, 9));
		client.close();
	}
	const [year, month, day] = await get(device, PROP.localDate);
	const time = await get(device, PROP.localTime);
	assert(year > 100 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && time[0] < 24, `${year} ${month} ${day} ${time}`);
	return `Local_Date ${1900 + year}-${month}-${day}`;
});

step('the state directory holds nothing but complete files', async () => {
	const names = fs.readdirSync(upsd.state);
	assert(names.includes('settings.conf') || names.length > 0, names.join(' '));
	assert(!names.some((n) => /tmp|\.new$/.test(n)), names.join(' '));
	wire.close();
});

world.judge();
run();
