// Change of value: who subscribes is told, at once and of every change; a lost link, a subscriber that dies, a gateway that starts anew.
'use strict';

const assert = require('assert');
const path = require('path');
const { step, must, run } = require('./lib/tap.js');
const { World, until, sleep, netns, slow } = require('./lib/world.js');
const { Client, Failed, TYPE, PROP, app, tagged, ctxUnsigned, ctxObject } = require('./lib/wire.js');
const { makers } = require('./lib/clients.js');
const { point } = require('./lib/facts.js');
const { cov, untilRunning } = require('./lib/notifications.js');

const world = new World();
const charge = point('BATTERY_%').object;
const { SUBSCRIBE, SUBSCRIBE_PROPERTY } = cov, CONFIRMED = 1, ACTIVE = 152;
let place, sim, upsd, wire;

const { told, next } = cov;
const body = cov.body;
const subscribe = (client, ...args) => cov.subscribe(client, upsd.to, ...args);
const confirm = (client, invoke) => cov.confirm(client, upsd.to, invoke);
const isNotification = cov.is;
// As it stands on the wire; a long list comes in segments.
const active = async () => (await wire.request(upsd.to, 12, Buffer.concat([ctxObject(0, [TYPE.device, 1338]), ctxUnsigned(1, ACTIVE)]),
	{ maxSegments: 7 })).body;

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
});

step('the first notification comes at once, then one for each change', async () => {
	const first = next(wire);
	await subscribe(wire, 7, charge, false, 300);
	assert.deepStrictEqual(await first, { process: 7, value: 80, fault: false, confirmed: false, invoke: undefined });
	for (const value of [42, 43, 80]) {
		const change = next(wire);
		sim.type(`set BATTERY_% ${value}`);
		assert.strictEqual((await change).value, value);
	}
});

step('Active_COV_Subscriptions counts down, and renewing adds nothing', async () => {
	const list = () => wire.request(upsd.to, 12, Buffer.concat([ctxObject(0, [TYPE.device, 1338]), ctxUnsigned(1, ACTIVE)]));
	const remaining = (answer) => {
		const at = answer.body.lastIndexOf(0x3a);
		return answer.body.readUInt16BE(at + 1);
	};
	const before = remaining(await list());
	assert(before <= 300 && before > 200, `${before}`);
	await sleep(2100);
	assert(remaining(await list()) <= before - 2);
	const length = (await list()).body.length;
	await subscribe(wire, 7, charge, false, 300);
	assert.strictEqual((await list()).body.length, length);
});

step('a lost UPS is told once, its return too', async () => {
	let lost = next(wire, (n) => n.fault, 20000);
	sim.type('fault silence 60s');
	assert.strictEqual((await lost).value, 80);
	const back = next(wire, (n) => !n.fault, 20000);
	sim.type('fault none');
	await back;
});

step('the npm clients subscribe, confirmed and not', async () => {
	for (const { make, name } of makers) {
		for (const confirmed of [false, true]) {
			const client = make({ port: netns ? 47808 : 0, broadcastAddress: place.broadcast });
			await client.ready;
			const seen = [];
			client.client.on(confirmed ? 'covNotify' : 'covNotifyUnconfirmed', (m) => {
				seen.push(m.payload.values[0].value[0].value);
				if (confirmed)
					client.client.simpleAckResponse(m.header.sender, CONFIRMED, m.invokeId);
			});
			await client.subscribe(upsd.to, charge, 3, confirmed, 60);
			await until(`${name}'s first notification`, async () => seen.length === 1, 5000);
			sim.type('set BATTERY_% 55');
			await until(`${name} to be told`, async () => seen.includes(55), 10000);
			sim.type('set BATTERY_% 80');
			await until(`${name} to be told again`, async () => seen[seen.length - 1] === 80, 10000);
			// renewed it is one, a short one ends, and one that is taken back too
			const mine = async () => JSON.parse((await world.tool(upsd, 'subscriptions', '--json')).stdout).subscriptions.filter((x) => x.process === 3);
			await client.subscribe(upsd.to, charge, 3, confirmed, 600);
			assert.deepStrictEqual((await mine()).map((x) => x.remaining_s > 500), [true], name);
			await client.subscribe(upsd.to, charge, 3, confirmed, 1);
			await until(`${name}'s subscription to end`, async () => (await mine()).length === 0, 5000);
			await client.subscribe(upsd.to, charge, 3, confirmed, 60);
			assert.strictEqual((await mine()).length, 1, name);
			await client.unsubscribe(upsd.to, charge, 3);
			assert.strictEqual((await mine()).length, 0, name);
			client.close();
		}
	}
});

step('a confirmed subscriber that dies is dropped, and nobody waits for him', async () => {
	const dead = await new Client().open(world.here);
	await subscribe(dead, 9, charge, true, 600);
	dead.close();                                    // its first notification reaches nobody
	const change = next(wire, (n) => n.value === 61);
	sim.type('set BATTERY_% 61');
	await change;
	await until('the dead one to be dropped', async () => !(await active()).includes(Buffer.from([0x19, 9, 0x0f])), 10000);
});

step('one of a hundred is killed, and the others miss nothing', async () => {
	const others = await Promise.all(Array.from({ length: 99 }, () => new Client().open(world.here)));
	const seen = others.map(() => []);
	for (const [i, client] of others.entries()) {
		client.listeners.add((item) => {
			if (!cov.is(item))
				return;
			const n = told(item);
			seen[i].push(n.value);
			if (n.confirmed)
				confirm(client, n.invoke);
		});
		await subscribe(client, 20 + i, charge, i % 2 === 1, 600);
	}
	const victim = world.start('victim', process.execPath, [path.join(__dirname, 'lib/subscriber.js'), upsd.to.address, String(upsd.to.port), String(charge[1])]);
	await victim.line(/told/);
	const values = Array.from({ length: 12 }, (_, i) => 31 + i);
	for (const [i, value] of values.entries()) {
		sim.type(`set BATTERY_% ${value}`);
		if (i === 4) {
			await victim.line(new RegExp(`told ${values[3]}`));
			victim.kill('SIGKILL');
		}
		await until(`all to be told ${value}`, async () => seen.every((all) => all.includes(value)), 10000);
	}
	for (const all of seen)
		assert.deepStrictEqual(all.slice(1), values);
	await until('the dead one to be dropped', async () => !(await active()).includes(Buffer.from([0x19, 250, 0x0f])), 20000);
	assert.strictEqual(JSON.parse((await world.tool(upsd, 'subscriptions', '--json')).stdout).subscriptions.filter((x) => x.process >= 20 && x.process < 119).length, 99);
	for (const [i, client] of others.entries()) {
		await subscribe(client, 20 + i, charge);
		client.close();
	}
	sim.type('set BATTERY_% 80');
});

step('a confirmed subscriber is told one at a time, and gets the last value', async () => {
	const own = await new Client().open(world.here);
	const first = next(own);
	await subscribe(own, 11, charge, true, 600);
	await confirm(own, (await first).invoke);
	const change = next(own);
	sim.type('set BATTERY_% 70');
	const n = await change;
	assert.strictEqual(n.value, 70);
	await confirm(own, n.invoke);
	await subscribe(own, 11, charge);                // cancelled: nothing more
	sim.type('set BATTERY_% 80');
	await next(wire, (m) => m.value === 80);
	assert.strictEqual(await own.hear(isNotification, 500), null);
	own.close();
});

step('what cannot be had is refused by name', async () => {
	const refused = async (service, bytes, error) => {
		await assert.rejects(wire.request(upsd.to, service, bytes), (e) => e instanceof Failed && e.answer.error.join() === error.join());
	};
	await refused(SUBSCRIBE, body(1, [TYPE.analogValue, 9999], false, 10), [1, 31]);
	await refused(SUBSCRIBE, body(1, [TYPE.device, 1338], false, 10), [1, 45]);
	await refused(SUBSCRIBE_PROPERTY, Buffer.concat([body(1, charge, false, 10), Buffer.from([0x4e, 0x09, 121, 0x4f])]), [2, 32]);
	await refused(SUBSCRIBE_PROPERTY, Buffer.concat([body(1, [TYPE.device, 1338], false, 10), Buffer.from([0x4e, 0x09, 57, 0x4f])]), [2, 44]);
	await subscribe(wire, 200, charge);              // cancelling what is not there is done
});

step('a property by itself, with an increment of its own', async () => {
	const own = await new Client().open(world.here);
	const first = next(own);
	await own.request(upsd.to, SUBSCRIBE_PROPERTY, Buffer.concat([body(12, charge, false, 600), Buffer.from([0x4e, 0x09, 85, 0x4f, 0x5c, 0x41, 0xa0, 0, 0])]));
	await first;
	const change = next(own);                        // 20 %: 75 is none
	sim.type('set BATTERY_% 75');
	await next(wire, (n) => n.value === 75);
	sim.type('set BATTERY_% 50');
	assert.strictEqual((await change).value, 50);
	own.close();
});

step('after a restart of the gateway nobody is told before he renews', async () => {
	assert.strictEqual((await upsd.stop()).code, 0);
	await start();
	const silence = wire.hear(isNotification, 1500 * slow);
	sim.type('set BATTERY_% 33');
	assert.strictEqual(await silence, null);
	const first = next(wire);
	await subscribe(wire, 7, charge, false, 60);
	assert.strictEqual((await first).value, 33);
	wire.close();
});

world.judge();
run();
