// Two BACnet clients of other people discover the gateway and read every property of every object, in both object maps, and find
// what the simulator was told to show.
'use strict';

const assert = require('assert');
const fs = require('fs');
const { step, must, skip, run } = require('./lib/tap.js');
const { World, until, netns } = require('./lib/world.js');
const { Client, TYPE, PROP } = require('./lib/wire.js');
const { makers } = require('./lib/clients.js');
const { points, states, bits, point, state } = require('./lib/facts.js');

const device = 1338;
// What the simulated UPS is told to measure, in engineering units: the numbers are all different, so that no two can be confused.
const set = {
	'UNIT_OUTPUT_Lr': 37, 'UNIT_OUTPUT_Lr1': 31, 'UNIT_OUTPUT_Lr2': 38, 'UNIT_OUTPUT_Lr3': 41, 'UNIT_OUTPUT_V1': 229,
	'UNIT_OUTPUT_V2': 231, 'UNIT_OUTPUT_V3': 228, 'UNIT_OUTPUT_fr': 49.9, 'RECTIFIER_V1': 226, 'RECTIFIER_V2': 233, 'RECTIFIER_V3': 235,
	'BATTERY_%': 83, 'BATTERY_Min': 17, 'BYPASS_V1': 224, 'BYPASS_V2': 236, 'BYPASS_V3': 239, 'BYPASS_Fr': 50.1,
};

const world = new World();
let place, sim, upsd, wire;

async function shown(name, value) {
	await until(`${name} to become ${value}`, async () => Math.abs(await wire.get(upsd.to, point(name).object, PROP.presentValue) - value) < 1e-4);
}

must('a simulated UPS and a gateway start', async () => {
	await world.open();
	place = await world.place('gateway');
	sim = await world.simulator();
	upsd = await world.daemon({ place, ups: { link: sim.link } });
	wire = await new Client().open(world.here);
	await until('DeviceStatus Running', async () => await wire.get(upsd.to, state('DeviceStatus').object, PROP.presentValue) === 1, 20000);
});

step('the simulator takes the measurements', async () => {
	for (const [name, value] of Object.entries(set))
		sim.type(`set ${name} ${value}`);
	for (const [name, value] of Object.entries(set)) {
		const p = point(name);
		await shown(name, value * 10 ** (p.decimals || 0));
	}
});

// The whole device, read by hand; what the clients read must agree with it.
async function readByHand() {
	const list = (await wire.read(upsd.to, [TYPE.device, device], PROP.objectList)).map((v) => v.value);
	const out = new Map();
	for (const object of list) {
		const properties = [PROP.objectIdentifier, PROP.objectName, PROP.objectType,
			...(await wire.read(upsd.to, object, PROP.propertyList)).map((v) => v.value)];
		const values = new Map();
		for (const property of properties)
			values.set(property, await wire.read(upsd.to, object, property));
		out.set(object.join(','), { object, values });
	}
	return out;
}

const comparable = new Set(['null', 'boolean', 'unsigned', 'integer', 'real', 'string', 'bits', 'enumerated', 'object']);
const moving = new Set([PROP.presentValue, PROP.localTime, PROP.localDate]);       // measurements and clocks move on between two readings

function same(hand, theirs, what) {
	if (hand.some((v) => !comparable.has(v.type)))
		return;
	assert.deepStrictEqual(theirs, hand.map((v) => v.value), what);
}

function compareDevice(name, read) {
	step(name, async () => {
		const hand = await readByHand();
		let count = 0;
		for (const { object, values } of hand.values()) {
			for (const [property, expected] of await read(object, values)) {
				const what = `object ${object}, property ${property}`;
				assert(values.has(property), `${what} is not in Property_List`);
				assert(!expected.error, `${what}: error ${expected.error}`);
				if (!moving.has(property))
					same(values.get(property), expected, what);
				count++;
			}
		}
		return `${hand.size} objects, ${count} properties`;
	});
}

function checkFacts(map) {
	step(`map ${map}: the objects are those of the manual`, async () => {
		const hand = await readByHand();
		const text = (o, property) => hand.get(o.join(',')).values.get(property).map((v) => v.value);
		assert.strictEqual(hand.size, new Set(hand.keys()).size);
		assert(hand.has(`${TYPE.device},${device}`));
		assert([...hand.values()].some(({ object }) => object[0] === TYPE.networkPort), 'a Network Port');
		// The map standard shows only what this family, and this kind of system, has.
		const there = (o) => map === 'socomec' || hand.has(o.object.join(','));
		for (const p of points.filter(there)) {
			assert.deepStrictEqual(text(p.object, PROP.objectName), [p.name]);
			assert.deepStrictEqual(text(p.object, PROP.units), [p.unit], p.name);
		}
		for (const s of states.filter(there)) {
			assert.deepStrictEqual(text(s.object, PROP.objectName), [s.name]);
			assert.deepStrictEqual(text(s.object, PROP.numberOfStates), [s.texts.length]);
			assert.deepStrictEqual(text(s.object, PROP.stateText), s.texts);
			const [value] = text(s.object, PROP.presentValue);
			assert(value >= 1 && value <= s.texts.length, `${s.name} = ${value}`);
		}
		for (const b of bits.filter(there)) {
			assert.deepStrictEqual(text(b.object, PROP.objectName), [b.name]);
			assert.deepStrictEqual(text(b.object, PROP.bitText), b.texts);
			assert.strictEqual(text(b.object, PROP.presentValue)[0].length, b.texts.length);
		}
		if (map === 'socomec')
			assert.strictEqual(hand.size, points.length + states.length + bits.length + 2 + 5);     // Device, Network Port, Notification Classes
		else
			for (const name of [...Object.keys(set), 'DeviceStatus', 'BatteryStatus', 'UnitAlarms'])
				assert([...hand.values()].some(({ values }) => values.get(PROP.objectName)[0].value === name), `${name} is there`);
		// One object an alarm bit, in the map standard only; its instance is told by bit string and bit.
		const binary = [...hand.values()].filter(({ object }) => object[0] === TYPE.binaryValue);
		assert.strictEqual(binary.length > 20, map === 'standard', `${binary.length} Binary Values`);
		for (const { object, values } of binary) {
			const string = bits.find((b) => b.instance === Math.floor(object[1] / 100));
			assert.deepStrictEqual(values.get(PROP.objectName).map((v) => v.value), [`${string.name}.${string.texts[object[1] % 100]}`]);
			assert.deepStrictEqual(values.get(PROP.presentValue).map((v) => v.value), [0]);
		}
		return `${hand.size} objects`;
	});
}

for (const map of ['socomec', 'standard']) {
	if (map === 'standard')
		step('the object map changes while the gateway runs', async () => {
			const before = upsd.lines.length;
			fs.renameSync(world.configuration('next', { place, bacnet: { object_map: map }, ups: { link: sim.link } }), upsd.conf);
			upsd.kill('SIGHUP');
			await shown('UNIT_OUTPUT_fr', 49.9).catch((e) => {
				throw new Error(`${e.message}\n${upsd.lines.slice(before).join('\n')}`);
			});
		});
	checkFacts(map);
	for (const { name, make, segments } of makers) {
		let client;
		// One at a time: two sockets on the BACnet port of one host would take each other's answers.
		step(`map ${map}: ${name} finds the device`, async () => {
			client = make({ port: netns ? 47808 : 0, broadcastAddress: place.broadcast });
			await client.ready;
			if (!netns)
				skip('broadcasts need network namespaces');
			const found = await client.whoIs();
			assert.deepStrictEqual(found.map((f) => f.device), [device]);
			assert.strictEqual(found[0].vendor, 591);
			assert.deepStrictEqual((await client.whoIs(upsd.to)).map((f) => f.device), [device]);
		});
		step(`map ${map}: ${name} reads the values that the simulator shows`, async () => {
			for (const [pointName, value] of Object.entries(set)) {
				const expected = value * (map === 'socomec' ? 10 ** (point(pointName).decimals || 0) : 1);
				await shown(pointName, expected);
				const [theirs] = await client.read(upsd.to, point(pointName).object, PROP.presentValue);
				assert(Math.abs(theirs - expected) < 1e-4, `${pointName} is ${theirs}, not ${expected}`);
			}
		});
		compareDevice(`map ${map}: ${name} reads every property of every object`, async (object, values) => {
			const out = [];
			for (const property of values.keys())
				out.push([property, await client.read(upsd.to, object, property)]);
			return out;
		});
		compareDevice(`map ${map}: ${name} reads ALL of every object`, async (object) => [...await client.readAll(upsd.to, object)]);
		if (segments)
			step(`map ${map}: ${name}, accepting 480 octets, gets long answers in segments`, async () => {
				const all = await client.readAll(upsd.to, [TYPE.device, device], { maxApdu: 3 });
				assert.strictEqual(all.get(PROP.objectList).length, await wire.get(upsd.to, [TYPE.device, device], PROP.objectList, 0));
			});
		step(`map ${map}: ${name} closes`, () => client.close());
	}
}

world.judge();
step('the sockets close', () => wire.close());
run();
