// Datagrams made by hand, one wrong thing in each: who is answered how, and who is not.
'use strict';

const assert = require('assert');
const { step, must, run } = require('./lib/tap.js');
const { World, until, sleep, slow } = require('./lib/world.js');
const wire = require('./lib/wire.js');

const { Client, TYPE, PROP, app, bvlc, npdu, confirmed, readPropertyBody, whoIsApdu, opening, closing, ctxUnsigned, ctxObject } = wire;
const world = new World();
const device = [TYPE.device, 1338];
const name = readPropertyBody(device, PROP.objectName);
let place, upsd, client, invoke = 0;

must('a gateway', async () => {
	await world.open();
	place = await world.place('gateway');
	client = await new Client().open(world.here);
	upsd = await world.daemon({ place, ups: { link: world.path('nothing-here') } });
	await until('an answer', () => client.get(upsd.to, device, PROP.vendorIdentifier), 5000);
});

const request = (service, body, options = {}) => npdu(confirmed(service, body, { invoke: invoke = (invoke + 1) % 256, ...options }), { expecting: true });

// The answer to one datagram, or "silence".  A read behind it proves that the silence is one of choice.
async function answerTo(datagram) {
	const fromUs = ({ from }) => from.address === place.address && from.port === place.port;
	let answer = 'silence';
	const fn = (item) => {
		if (fromUs(item) && answer === 'silence')
			answer = item;
	};
	client.listeners.add(fn);
	await client.send(datagram, upsd.to);
	await sleep(60 * slow);
	client.listeners.delete(fn);
	await client.get(upsd.to, device, PROP.vendorIdentifier);
	if (answer === 'silence')
		return answer;
	if (answer.datagram.fn === 0)
		return `result ${answer.datagram.body.readUInt16BE()}`;
	if (answer.datagram.npdu.message !== undefined)
		return `message ${answer.datagram.npdu.message}`;
	const a = answer.apdu;
	return { reject: `reject ${a.reason}`, abort: `abort ${a.reason}`, error: `error ${(a.error || []).join('/')}`, complex: 'ack', simple: 'ack',
		unconfirmed: `unconfirmed ${a.service}` }[a.type] || a.type;
}

function expect(what, make, ...allowed) {
	step(what, async () => {
		const got = await answerTo(make());
		assert(allowed.includes(got), `${got}, where ${allowed.join(' or ')} is due`);
		return got;
	});
}

const self = () => Buffer.from([...world.here.split('.').map(Number), client.port >> 8, client.port & 255]);
const at = (buffer, i, value) => {
	buffer[i] = value;
	return buffer;
};

// ---- Annex J: a node that is not a BBMD ----
for (const [fn, title, body, answer] of [
	[0, 'BVLC-Result', [0, 0x30], 'silence'],
	[1, 'Write-BDT', Array(10).fill(0), 'result 16'],
	[2, 'Read-BDT', [], 'result 32'],
	[3, 'a stray Read-BDT-Ack', Array(10).fill(0), 'silence'],
	[5, 'Register-Foreign-Device', [0, 60], 'result 48'],
	[6, 'Read-FDT', [], 'result 64'],
	[7, 'a stray Read-FDT-Ack', [], 'silence'],
	[8, 'Delete-FDT-Entry', Array(6).fill(1), 'result 80'],
	[9, 'Distribute-Broadcast-To-Network', [...npdu(whoIsApdu())], 'result 96'],
	[12, 'Secure-BVLL', [1, 2, 3], 'silence'],
	[0x7f, 'an unknown function', [], 'silence'],
])
	expect(`BVLC: ${title}`, () => bvlc(fn, Buffer.from(body)), answer);
expect('BVLC: Forwarded-NPDU with Who-Is is answered to its origin', () => bvlc(4, Buffer.concat([self(), npdu(whoIsApdu())])), 'unconfirmed 0');
expect('BVLC: Forwarded-NPDU with a confirmed request, which was a broadcast', () => bvlc(4, Buffer.concat([self(), request(12, name)])), 'silence');
expect('BVLC: Forwarded-NPDU cut in its address', () => bvlc(4, Buffer.from([1, 2, 3])), 'silence');
expect('BVLC: length one more than the datagram', () => at(bvlc(10, request(12, name)), 3, request(12, name).length + 5), 'silence');
expect('BVLC: length one less than the datagram', () => at(bvlc(10, request(12, name)), 3, request(12, name).length + 3), 'silence');
expect('BVLC: another type', () => at(bvlc(10, request(12, name)), 0, 0x82), 'silence');
expect('BVLC: three octets', () => Buffer.from([0x81, 10, 0]), 'silence');
expect('BVLC: nothing inside', () => bvlc(10, Buffer.alloc(0)), 'silence');

// ---- clause 6 ----
expect('NPDU: version 2', () => bvlc(10, at(request(12, name), 0, 2)), 'silence');
expect('NPDU: a request that came by broadcast', () => bvlc(11, request(12, name)), 'silence');
expect('NPDU: DNET of another network', () => bvlc(10, npdu(confirmed(12, name), { dnet: 9, dadr: [1] })), 'silence');
expect('NPDU: SNET without SADR', () => bvlc(10, npdu(confirmed(12, name), { snet: 5, sadr: [] })), 'silence');
expect('NPDU: SNET 65535', () => bvlc(10, npdu(confirmed(12, name), { snet: 0xffff, sadr: [1] })), 'silence');
expect('NPDU: DLEN longer than the datagram', () => bvlc(10, Buffer.from([1, 0x20, 0, 1, 200, 1])), 'silence');
expect('NPDU: from a far network, answered through its router', () => bvlc(10, npdu(confirmed(12, name, { invoke: 77 }), { snet: 5, sadr: [9] })), 'ack');
expect('NPDU: Who-Is-Router is no business of a device', () => bvlc(10, npdu(Buffer.alloc(0), { message: 0 })), 'silence');
expect('NPDU: an unknown message', () => bvlc(10, npdu(Buffer.alloc(0), { message: 0x30 })), 'message 3', 'silence');

// ---- clause 20 and 5.4 ----
expect('APDU: an unknown service', () => bvlc(10, request(99, Buffer.alloc(0))), 'reject 9');
expect('APDU: a service that is not executed', () => bvlc(10, request(10, ctxUnsigned(1, 0))), 'reject 9');
expect('APDU: ReadProperty without a body', () => bvlc(10, request(12, Buffer.alloc(0))), 'reject 5');
expect('APDU: ReadProperty without its property', () => bvlc(10, request(12, ctxObject(0, device))), 'reject 5');
expect('APDU: a tag that does not belong there', () => bvlc(10, request(12, Buffer.concat([ctxObject(0, device), ctxUnsigned(5, 77)]))), 'reject 4');
expect('APDU: octets behind the end', () => bvlc(10, request(12, Buffer.concat([name, Buffer.from([0])]))), 'reject 7', 'reject 4');
expect('APDU: unknown object', () => bvlc(10, request(12, readPropertyBody([TYPE.analogValue, 4000], 85))), 'error 1/31');
expect('APDU: unknown property', () => bvlc(10, request(12, readPropertyBody(device, 5000))), 'error 2/32');
expect('APDU: index of a property that is no array', () => bvlc(10, request(12, readPropertyBody(device, PROP.objectName, 1))), 'error 2/50');
expect('APDU: index beyond the array', () => bvlc(10, request(12, readPropertyBody(device, PROP.objectList, 4294967295))), 'error 2/42');
expect('APDU: index 0', () => bvlc(10, request(12, readPropertyBody(device, PROP.objectList, 0))), 'ack');
expect('APDU: ReadProperty of ALL', () => bvlc(10, request(12, readPropertyBody(device, PROP.all))), 'error 2/32');
expect('APDU: an answer that does not fit and may not be segmented',
	() => bvlc(10, request(12, readPropertyBody(device, PROP.objectList), { maxApdu: 1, segmentsAccepted: false })), 'abort 4');
expect('APDU: an answer that needs more segments than allowed',
	() => bvlc(10, request(12, readPropertyBody(device, PROP.objectList), { maxApdu: 0, maxSegments: 1 })), 'abort 11', 'abort 1');
expect('APDU: ReadPropertyMultiple, brackets left open', () => bvlc(10, request(14, Buffer.concat([ctxObject(0, device), opening(1), ctxUnsigned(0, 77)]))),
	'reject 4', 'reject 5');
expect('APDU: ReadPropertyMultiple, garbage', () => bvlc(10, request(14, Buffer.from([0x0c, 2, 0, 5, 0x3a, 0x1e, 0xff, 0xff, 0xff]))),
	'reject 4', 'reject 5', 'reject 3');
expect('APDU: a hundred opening tags', () => bvlc(10, request(15, Buffer.concat([ctxObject(0, device), ctxUnsigned(1, 77),
	...Array(100).fill(opening(3)), ...Array(100).fill(closing(3))]))), 'reject 4', 'reject 5', 'reject 3', 'error 2/9', 'error 2/40');
expect('APDU: a string longer than the datagram', () => bvlc(10, request(15, Buffer.concat([ctxObject(0, device), ctxUnsigned(1, 77), opening(3),
	Buffer.from([0x75, 0xff, 0xff, 0xff, 0xff, 0xff, 0])]))), 'reject 5', 'reject 4', 'reject 3');
expect('APDU: a stray SimpleACK', () => bvlc(10, npdu(Buffer.from([0x20, 1, 15]))), 'silence');
expect('APDU: a stray ComplexACK', () => bvlc(10, npdu(Buffer.from([0x30, 1, 12]))), 'silence');
expect('APDU: a stray Error', () => bvlc(10, npdu(Buffer.from([0x50, 1, 12, 0x91, 1, 0x91, 31]))), 'silence');
expect('APDU: a stray Abort', () => bvlc(10, npdu(Buffer.from([0x70, 1, 4]))), 'silence');
expect('APDU: a stray SegmentACK', () => bvlc(10, npdu(Buffer.from([0x40, 200, 3, 4]))), 'silence', 'abort 2');
expect('APDU: an unknown type', () => bvlc(10, npdu(Buffer.from([0xf0, 1, 4]))), 'silence');
expect('APDU: an unconfirmed service that nobody knows', () => bvlc(10, npdu(Buffer.from([0x10, 99, 1, 2, 3]))), 'silence');
expect('APDU: Who-Is with low above high', () => bvlc(10, npdu(whoIsApdu(9, 3))), 'silence');
expect('APDU: Who-Is with one limit', () => bvlc(10, npdu(Buffer.concat([Buffer.from([0x10, 8]), ctxUnsigned(0, 1)]))), 'silence');
expect('APDU: a first segment that is not number 0', () => bvlc(10, npdu(Buffer.from([0x0e, 0x75, 201, 7, 4, 15, 1, 2, 3]))), 'abort 2', 'silence');
expect('APDU: a segment with window 0', () => bvlc(10, npdu(Buffer.from([0x0e, 0x75, 202, 0, 0, 15, 1, 2, 3]))), 'abort 7');

step('a write in segments is reassembled', async () => {
	const text = 'in segments '.repeat(5);
	const body = wire.writePropertyBody(device, PROP.location, app.string(text));
	const size = 12, window = 4;
	const count = Math.ceil(body.length / size);
	const answers = [];
	const fn = ({ apdu }) => apdu && apdu.invoke === 210 && answers.push(apdu);
	client.listeners.add(fn);
	for (let i = 0; i < count; i++) {
		const more = i + 1 < count;
		await client.send(bvlc(10, npdu(Buffer.concat([Buffer.from([0x0a | (more ? 4 : 0), 0x75, 210, i, window, 15]),
			body.subarray(i * size, (i + 1) * size)]), { expecting: true })), upsd.to);
		// The first is acknowledged before others follow, then the last of each window.
		if (i === 0 || i % window === 0)
			await until(`SegmentACK ${i}`, () => answers.some((a) => a.type === 'segmentAck' && a.sequence === i && a.server && !a.nak), 2000);
	}
	await until('SimpleACK', () => answers.some((a) => a.type === 'simple' && a.service === 15), 2000).catch((e) => {
		throw new Error(`${e.message}: ${JSON.stringify(answers)}`);
	});
	client.listeners.delete(fn);
	assert.strictEqual(await client.get(upsd.to, device, PROP.location), text);
	return `${count} segments`;
});

step('every request, cut at every octet, leaves the gateway answering', async () => {
	const frames = [request(12, name), request(14, wire.readMultipleBody([[device, [8]]])), request(15, wire.writePropertyBody(device, PROP.location, app.string('x'))),
		npdu(whoIsApdu(1, 2)), npdu(Buffer.concat([Buffer.from([0x10, 7]), app.string('x')]))];
	let n = 0;
	for (const frame of frames)
		for (let i = 0; i < frame.length; i++, n++)
			await client.send(bvlc(10, frame.subarray(0, i)), upsd.to);
	assert.strictEqual(await client.get(upsd.to, device, PROP.vendorIdentifier), 591);
	return `${n} datagrams`;
});

step('a flood of first segments leaves room for others', async () => {
	const other = await new Client().open(world.elsewhere);
	for (let i = 0; i < 2000; i++)
		await other.send(bvlc(10, npdu(Buffer.concat([Buffer.from([0x0e, 0x75, i & 255, 0, 127, 15]), Buffer.alloc(400)]))), upsd.to);
	assert.strictEqual(await client.get(upsd.to, device, PROP.vendorIdentifier), 591);
	assert.strictEqual((await client.read(upsd.to, device, PROP.objectList, undefined, { maxApdu: 1 })).length > 100, true);
	other.close();
});

// ---- findings ----

const said = (apdu, what) => new Promise((resolve) => {
	const fn = (item) => {
		if (item.apdu && item.from.port === place.port && what(item))
			resolve(item);
	};
	client.listeners.add(fn);
	setTimeout(() => {
		client.listeners.delete(fn);
		resolve(null);
	}, 400 * slow);
	client.send(apdu, upsd.to);
});

step('2.1 A, B and A again under one invoke id are three writes', async () => {
	for (const text of ['A', 'B', 'A']) {
		const body = wire.writePropertyBody(device, PROP.location, app.string(text));
		const answer = await said(bvlc(10, npdu(confirmed(15, body, { invoke: 1 }), { expecting: true })), ({ apdu }) => apdu.type === 'simple' && apdu.invoke === 1);
		assert(answer, `no SimpleACK for ${text}`);
		assert.strictEqual(await client.get(upsd.to, device, PROP.location), text);
	}
});

step('2.2 Who-Is twice within a moment is answered twice', async () => {
	for (let i = 0; i < 2; i++)
		assert(await said(bvlc(10, npdu(whoIsApdu())), ({ apdu }) => apdu.type === 'unconfirmed' && apdu.service === 0), `question ${i + 1}`);
});

step('2.5 an answer has the priority of its request', async () => {
	for (let priority = 0; priority < 4; priority++) {
		const request = npdu(confirmed(12, name, { invoke: 90 + priority }), { expecting: true });
		request[1] |= priority;
		const answer = await said(bvlc(10, request), ({ apdu }) => apdu.invoke === 90 + priority);
		assert.strictEqual(answer.buffer[5] & 3, priority);
	}
});

step('2.6 the same request again, with the last SegmentACK lost, is answered anew', async () => {
	const ask = bvlc(10, npdu(confirmed(12, readPropertyBody(device, PROP.objectList), { invoke: 77, maxApdu: 1 }), { expecting: true }));
	const first = ({ apdu }) => apdu.type === 'complex' && apdu.invoke === 77 && apdu.sequence === 0;
	for (let i = 0; i < 3; i++) {
		assert(await said(ask, first), `time ${i + 1}`);
		await client.send(bvlc(10, npdu(Buffer.from([0x40, 77, 0, 2]))), upsd.to);
		await sleep(100);
	}
	await client.send(bvlc(10, npdu(Buffer.from([0x70, 77, 0]))), upsd.to);
});

step('2.7 a segment whose APDU is 6 octets over 1476 is taken', async () => {
	const body = Buffer.concat([wire.readMultipleBody(Array(180).fill([[TYPE.analogValue, 1], [PROP.presentValue]]))]).subarray(0, 1476);
	const answer = await said(bvlc(10, npdu(Buffer.concat([Buffer.from([0x0e, 0x75, 78, 0, 4, 14]), body]), { expecting: true })), ({ apdu }) => apdu.invoke === 78);
	assert(answer && answer.apdu.type === 'segmentAck', JSON.stringify(answer && answer.apdu));
	await client.send(bvlc(10, npdu(Buffer.from([0x70, 78, 0]))), upsd.to);
});

step('2.8 thirty segmented answers at once to one address', async () => {
	const begun = new Set();
	const fn = ({ apdu }) => apdu && apdu.type === 'complex' && apdu.sequence === 0 && begun.add(apdu.invoke);
	client.listeners.add(fn);
	for (let i = 0; i < 30; i++)
		await client.send(bvlc(10, npdu(confirmed(12, readPropertyBody(device, PROP.objectList), { invoke: 100 + i, maxApdu: 1 }), { expecting: true })), upsd.to);
	await until('thirty first segments', () => begun.size === 30, 3000);
	client.listeners.delete(fn);
	for (let i = 0; i < 30; i++)
		await client.send(bvlc(10, npdu(Buffer.from([0x70, 100 + i, 0]))), upsd.to);
});

expect('2.11 ReadPropertyMultiple with an empty list of references', () => bvlc(10, request(14, Buffer.concat([ctxObject(0, device), opening(1), closing(1)]))), 'reject 5');
expect('2.D Who-Has by name in UCS-2', () => bvlc(10, npdu(Buffer.concat([Buffer.from([0x10, 7, 0x3d, 1 + 2 * 'DeviceStatus'.length, 4]),
	Buffer.from('DeviceStatus', 'utf16le').swap16()]))), 'unconfirmed 1');

step('3.2 Property_List 440 times in two segments ends in an Abort, and soon', async () => {
	const body = wire.readMultipleBody([[device, Array(440).fill(PROP.propertyList)]]);
	const from = process.hrtime.bigint();
	for (let i = 0; i < 50; i++)
		assert.strictEqual((await said(bvlc(10, npdu(confirmed(14, body, { invoke: i, maxSegments: 1 }), { expecting: true })),
			({ apdu }) => apdu.invoke === i)).apdu.type, 'abort');
	const ms = Number(process.hrtime.bigint() - from) / 1e6 / 50;
	return `${ms.toFixed(2)} ms each, the test's own included`;
});

step('3.4 a forged request draws little, with guessed acknowledgements too', async () => {
	const victim = await new Client().open(world.elsewhere);         // he sends in his own name and keeps silent about what comes
	let out = 0, sent = 0;
	victim.listeners.add(({ buffer }) => out += buffer.length + 28);
	const body = wire.readMultipleBody([[device, Array(40).fill(PROP.objectList)]]);
	const send = async (apdu) => {
		sent += apdu.length + 4 + 28;
		await victim.send(bvlc(10, apdu), upsd.to);
	};
	const from = Date.now();
	for (let round = 0; round < 20; round++) {
		await send(npdu(confirmed(14, body, { invoke: round }), { expecting: true }));
		for (let ack = 0; ack < 30; ack++)
			await send(npdu(Buffer.from([0x40, round, ack, 127])));
		await sleep(20);
	}
	await sleep(200);
	const seconds = (Date.now() - from) / 1000;
	victim.close();
	assert(out <= 8 * sent + 16384 + 262144 * seconds, `${out} octets for ${sent} in ${seconds} s`);
	return `${out} octets for ${sent} in ${seconds.toFixed(1)} s`;
});

world.judge();
step('the sockets close', () => client.close());
run();
