// Every family, found by probing; single units, a concentrator, a unit of a parallel system, a single-phase UPS, Modbus TCP.  The values are
// those that the simulator was told, for every measurement that it says it has.
'use strict';

const assert = require('assert');
const { step, must, run } = require('./lib/tap.js');
const { World, until, sleep, freePort, slow, netns } = require('./lib/world.js');
const { Client, TYPE, PROP } = require('./lib/wire.js');
const { points, state, bitString, point } = require('./lib/facts.js');

const world = new World();
const device = [TYPE.device, 4194303];
let place, wire, sim, upsd;
const get = (o, property = PROP.presentValue, index) => wire.get(upsd.to, o.object || o, property, index, { timeout: 200 * slow, retries: 3 });

must('a place', async () => {
	await world.open();
	place = await world.place('gateway');
	wire = await new Client().open(world.here);
});

async function start(simulator, ups = {}, bacnet = { object_map: 'standard' }) {
	sim = await world.simulator(simulator);
	upsd = await world.daemon({ place, bacnet, ups: { family: 'auto', baud: 'auto', link: sim.link, ...ups } });
	await until('Running', async () => await get(state('DeviceStatus')) === 1, 60000).catch((e) => {
		throw new Error(`${e.message}\n${upsd.lines.slice(-15).join('\n')}`);
	});
}

async function stop() {
	assert.strictEqual((await upsd.stop()).code, 0);
	assert.strictEqual((await sim.stop()).code, 0);
}

// Says a line to the simulator -> its answer.
async function say(line) {
	const from = sim.lines.length;
	sim.type(line);
	return sim.line(/^(ok|error)/, { from });
}

const objectList = async () => new Set((await wire.read(upsd.to, device, PROP.objectList)).map((v) => v.value.join(',')));

// Totals follow from their phases: setting both would be a contradiction.
const total = (p) => /_(kVA|kw|Lr)$/.test(p.name);

async function measurementsFollow(level) {
	const there = await objectList();
	const wanted = new Map();
	let without = 0;
	for (const p of points.filter((x) => x.level === level && !total(x))) {
		const exists = there.has(p.object.join(','));
		let now = exists ? await get(p) : 1;
		if (Number.isNaN(now)) {             // not available at the moment: the backup time on mains
			assert.strictEqual(await get(p, PROP.reliability), 1, p.name);
			now = 20;
		}
		const next = Math.abs(now) >= 20 ? Math.round(now * 0.9) : now === 0 ? 0 : Math.round(now * 9) / 10;
		if (exists !== !/^error.*no register/.test(await say(`set ${p.name} ${next}`)))
			throw new Error(`${p.name}: the simulator says "${sim.lines[sim.lines.length - 1]}", the gateway has ${exists ? 'such an object' : 'none'}`);
		if (exists)
			wanted.set(p, next);
		else
			without++;
	}
	for (const [p, value] of wanted)
		await until(`${p.name} to become ${value}`, async () => {
			const now = await get(p);
			if (Math.abs(now - value) <= Math.max(0.051, Math.abs(value) * 0.001))
				return true;
			throw new Error(`it is ${now}`);
		}, 20000);
	return `${wanted.size} measurements, ${without} that it does not have`;
}

for (const [family, baud] of [['vu-map', 57600], ['masterys', 9600], ['delphys-mp', 9600], ['delphys-gp', 9600]]) {
	step(`${family} is found by probing`, async () => {
		await start({ family, baud });
		const name = await get(device, PROP.objectName);
		assert(name.length > 2, name);
		return `${name}, ${await get(device, PROP.modelName)}`;
	});
	step(`${family}: measurements follow the simulator`, () => measurementsFollow('UNIT'));
	step(`${family}: mains lost and back`, async () => {
		assert(/^ok/.test(await say('release all')));
		assert(/^ok/.test(await say('mains lost')));
		await until('ON BATTERY', async () => await get(state('UnitLoadStatus')) === 2, 20000);
		await until('the alarm', async () => (await get(bitString('UnitAlarms')))[10], 20000);
		assert(/^ok/.test(await say('mains ok')));
		await until('no battery', async () => await get(state('UnitLoadStatus')) !== 2, 20000);
		await until('no alarm', async () => !(await get(bitString('UnitAlarms')))[10], 20000);
	});
	step(`${family} ends`, stop);
}

step('a concentrator: UNIT_OUTPUT_ equals UPS_OUTPUT_, and the units are there', async () => {
	await start({ family: 'masterys', baud: 57600, args: ['--units', '3'] }, { baud: 57600, unit_number: 0 }, { object_map: 'socomec' });
	await until('the units', async () => (await get(bitString('UPSStatus'))).slice(1, 5).join() === 'true,true,true,false', 20000);
	await say('load 40');
	await sleep(3000);
	let count = 0;
	for (const p of points.filter((x) => x.name.startsWith('UPS_OUTPUT_'))) {
		const unit = point(p.name.replace('UPS_', 'UNIT_'));
		await until(`${unit.name} equals ${p.name}`, async () => {
			const [a, b] = [await get(p), await get(unit)];
			count += a === b && a > 0 ? 1 : 0;
			return a === b;
		}, 10000);
	}
	assert(count > 5, 'only zeros were equal');
	await stop();
	return `${count} pairs`;
});

step('a unit of a parallel system', async () => {
	await start({ family: 'masterys', baud: 57600, args: ['--units', '3'] }, { baud: 57600, unit_number: 2 }, { object_map: 'socomec' });
	await until('the system', async () => (await get(bitString('UPSStatus'))).slice(1, 5).join() === 'true,true,true,false', 20000);
	assert.strictEqual(await get(device, PROP.location), '2');
	assert.strictEqual(await get(state('UnitStatus')), 5);
	assert(await get(point('UPS_OUTPUT_Lr1')) > 0);
	await stop();
});

step('a single-phase UPS: phases 2 and 3 read -1', async () => {
	await start({ family: 'masterys', baud: 57600, args: ['--phases', '1'] }, { baud: 57600 }, { object_map: 'socomec' });
	for (const p of points.filter((x) => x.level === 'UNIT' && x.phase !== 'ANY'))
		assert.strictEqual(await get(p), -1, p.name);
	assert(await get(point('UNIT_OUTPUT_V1')) > 100);
	await stop();
});

step('Modbus TCP', async () => {
	const port = await freePort();
	// Without namespaces both are on this host; with them the UPS is beside the gateway's bridge.
	await start({ family: 'vu-map', tcp: `${netns ? world.here : '127.0.0.1'}:${port}` });
	const remark = await measurementsFollow('UNIT');
	await stop();
	return remark;
});

world.judge();
step('the sockets close', () => wire.close());
run();
