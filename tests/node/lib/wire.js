// BACnet by hand: enough of Annex J, clause 6 and clause 20 to ask anything of a device, well-formed or not.  Written for the
// tests alone, from the layouts of the standard; it shares nothing with src/bacnet, so that the two can disagree.
'use strict';

const dgram = require('dgram');

const TYPE = { analogValue: 2, binaryValue: 5, device: 8, multiStateValue: 19, bitstringValue: 39, networkPort: 56 };
const PROP = {
	all: 8, required: 105, optional: 80, presentValue: 85, statusFlags: 111, objectName: 77, objectList: 76, propertyList: 371,
	reliability: 103, outOfService: 81, description: 28, location: 58, profileName: 168, covIncrement: 22, units: 117,
	objectIdentifier: 75, objectType: 79, numberOfStates: 74, stateText: 110, bitText: 343, localTime: 57, localDate: 56,
	systemStatus: 112, vendorName: 121, vendorIdentifier: 120, modelName: 70, protocolRevision: 139, relinquishDefault: 104,
	databaseRevision: 155, maxApdu: 62, eventState: 36,
};
const SERVICE = { readProperty: 12, readPropertyMultiple: 14, writeProperty: 15 };
const APDU_SIZE = [50, 128, 206, 480, 1024, 1476];
const REJECT = { missing: 5, tag: 4, tooMany: 7, range: 6, unrecognized: 9 };

// ---- writing ----

function unsignedOctets(n) {
	const out = [];
	do {
		out.unshift(n % 256);
		n = Math.floor(n / 256);
	} while (n > 0);
	return out;
}

function tagged(number, isContext, octets) {
	const first = (number < 15 ? number << 4 : 0xf0) | (isContext ? 8 : 0);
	const head = [first | Math.min(octets.length, 5)];
	if (number >= 15)
		head.push(number);
	if (octets.length >= 254)
		head.push(254, octets.length >> 8, octets.length & 255);
	else if (octets.length >= 5)
		head.push(octets.length);
	return Buffer.from([...head, ...octets]);
}

const oidOctets = ([type, instance]) => {
	const b = Buffer.alloc(4);
	b.writeUInt32BE(type * 0x400000 + instance);
	return [...b];
};
const ctxUnsigned = (tag, n) => tagged(tag, true, unsignedOctets(n));
const ctxObject = (tag, object) => tagged(tag, true, oidOctets(object));
const opening = (tag) => Buffer.from([tag << 4 | 0x0e]);
const closing = (tag) => Buffer.from([tag << 4 | 0x0f]);

const app = {
	null: () => Buffer.from([0]),
	boolean: (v) => Buffer.from([0x10 | (v ? 1 : 0)]),
	unsigned: (n) => tagged(2, false, unsignedOctets(n)),
	real: (v) => {
		const b = Buffer.alloc(4);
		b.writeFloatBE(v);
		return tagged(4, false, [...b]);
	},
	string: (s) => tagged(7, false, [0, ...Buffer.from(s, 'utf8')]),
	enumerated: (n) => tagged(9, false, unsignedOctets(n)),
	date: (y, m, d, weekday = 255) => tagged(10, false, [y - 1900, m, d, weekday]),
	time: (h, m, s, hundredths = 0) => tagged(11, false, [h, m, s, hundredths]),
	object: (o) => tagged(12, false, oidOctets(o)),
};

function bvlc(fn, npdu) {
	const head = Buffer.from([0x81, fn, 0, 0]);
	head.writeUInt16BE(npdu.length + 4, 2);
	return Buffer.concat([head, npdu]);
}

// options: dnet, dadr (Buffer), snet, sadr (Buffer), expecting (reply), message (network layer message)
function npdu(apdu, options = {}) {
	const out = [1, 0];
	if (options.message !== undefined)
		out[1] |= 0x80;
	if (options.expecting)
		out[1] |= 0x04;
	if (options.dnet !== undefined) {
		out[1] |= 0x20;
		const dadr = options.dadr || [];
		out.push(options.dnet >> 8, options.dnet & 255, dadr.length, ...dadr);
	}
	if (options.snet !== undefined) {
		out[1] |= 0x08;
		out.push(options.snet >> 8, options.snet & 255, options.sadr.length, ...options.sadr);
	}
	if (options.dnet !== undefined)
		out.push(options.hops === undefined ? 255 : options.hops);
	if (options.message !== undefined)
		out.push(options.message);
	return Buffer.concat([Buffer.from(out), apdu]);
}

function readPropertyBody(object, property, index) {
	return Buffer.concat([ctxObject(0, object), ctxUnsigned(1, property), ...(index === undefined ? [] : [ctxUnsigned(2, index)])]);
}

// list of [object, [property | [property, index]]...]
function readMultipleBody(list) {
	return Buffer.concat(list.flatMap(([object, properties]) => [ctxObject(0, object), opening(1),
		...properties.flatMap((p) => Array.isArray(p) ? [ctxUnsigned(0, p[0]), ctxUnsigned(1, p[1])] : [ctxUnsigned(0, p)]), closing(1)]));
}

function writePropertyBody(object, property, value, { index, priority } = {}) {
	return Buffer.concat([ctxObject(0, object), ctxUnsigned(1, property), ...(index === undefined ? [] : [ctxUnsigned(2, index)]),
		opening(3), value, closing(3), ...(priority === undefined ? [] : [ctxUnsigned(4, priority)])]);
}

function confirmed(service, body, { invoke = 1, maxApdu = 5, maxSegments = 7, segmentsAccepted = true } = {}) {
	return Buffer.concat([Buffer.from([segmentsAccepted ? 2 : 0, maxSegments << 4 | maxApdu, invoke, service]), body]);
}

function whoIsApdu(low, high) {
	return Buffer.concat([Buffer.from([0x10, 8]), ...(low === undefined ? [] : [ctxUnsigned(0, low), ctxUnsigned(1, high)])]);
}

// ---- reading ----

class Short extends Error {}

class Reader {
	constructor(buffer) {
		this.b = buffer;
		this.at = 0;
	}
	left() {
		return this.b.length - this.at;
	}
	take(n) {
		if (n > this.left())
			throw new Short(`${n} octets wanted, ${this.left()} left`);
		this.at += n;
		return this.b.subarray(this.at - n, this.at);
	}
	u8() {
		return this.take(1)[0];
	}
	u16() {
		return this.take(2).readUInt16BE();
	}
	tag() {
		const first = this.u8();
		const tag = { number: first >> 4, context: !!(first & 8), kind: 'value' };
		if (tag.number === 15)
			tag.number = this.u8();
		let length = first & 7;
		if (tag.context && length === 6)
			tag.kind = 'open';
		else if (tag.context && length === 7)
			tag.kind = 'close';
		else if (!tag.context && tag.number === 1)
			tag.bit = length, length = 0;
		else if (length === 5) {
			length = this.u8();
			if (length === 254)
				length = this.u16();
		}
		tag.octets = tag.kind === 'value' ? this.take(length) : Buffer.alloc(0);
		return tag;
	}
	peek() {
		const at = this.at;
		const tag = this.tag();
		this.at = at;
		return tag;
	}
}

const unsignedOf = (octets) => octets.reduce((n, o) => n * 256 + o, 0);
const objectOf = (octets) => [octets.readUInt32BE() >>> 22, octets.readUInt32BE() & 0x3fffff];

// An application-tagged value -> { type, value }
function valueOf(tag) {
	const o = tag.octets;
	switch (tag.context ? -1 : tag.number) {
	case 0: return { type: 'null', value: null };
	case 1: return { type: 'boolean', value: !!tag.bit };
	case 2: return { type: 'unsigned', value: unsignedOf(o) };
	case 3: return { type: 'integer', value: o.readIntBE(0, o.length) };
	case 4: return { type: 'real', value: o.readFloatBE() };
	case 5: return { type: 'double', value: o.readDoubleBE() };
	case 6: return { type: 'octets', value: Buffer.from(o) };
	case 7: return { type: 'string', value: o.subarray(1).toString('utf8'), set: o[0] };
	case 8: return { type: 'bits', value: [...o.subarray(1)].flatMap((x) => [7, 6, 5, 4, 3, 2, 1, 0].map((b) => !!(x >> b & 1)))
		.slice(0, (o.length - 1) * 8 - o[0]) };
	case 9: return { type: 'enumerated', value: unsignedOf(o) };
	case 10: return { type: 'date', value: [...o] };
	case 11: return { type: 'time', value: [...o] };
	case 12: return { type: 'object', value: objectOf(o) };
	default: return { type: `context ${tag.number}`, value: Buffer.from(o) };
	}
}

// Everything up to the closing tag `number`, as values; nested constructed data becomes { type: 'list' }.
function valuesUntil(r, number) {
	const out = [];
	for (;;) {
		const tag = r.tag();
		if (tag.kind === 'close') {
			if (tag.number !== number)
				throw new Error(`closing tag ${tag.number} where ${number} is open`);
			return out;
		}
		out.push(tag.kind === 'open' ? { type: 'list', tag: tag.number, value: valuesUntil(r, tag.number) } : valueOf(tag));
	}
}

function readAck(body) {
	const r = new Reader(body);
	const object = objectOf(r.tag().octets);
	const property = unsignedOf(r.tag().octets);
	let index;
	let tag = r.tag();
	if (tag.kind === 'value') {
		index = unsignedOf(tag.octets);
		tag = r.tag();
	}
	const values = valuesUntil(r, 3);
	if (r.left())
		throw new Error(`${r.left()} octets behind the ReadProperty-ACK`);
	return { object, property, index, values };
}

// -> [{ object, results: [{ property, index, values } | { property, index, error: [class, code] }] }]
function readMultipleAck(body) {
	const r = new Reader(body);
	const out = [];
	while (r.left()) {
		const object = objectOf(r.tag().octets);
		const results = [];
		if (r.tag().kind !== 'open')
			throw new Error('no list of results');
		for (;;) {
			let tag = r.tag();
			if (tag.kind === 'close')
				break;
			const result = { property: unsignedOf(tag.octets) };
			tag = r.tag();
			if (tag.kind === 'value') {
				result.index = unsignedOf(tag.octets);
				tag = r.tag();
			}
			const values = valuesUntil(r, tag.number);
			if (tag.number === 4)
				result.values = values;
			else
				result.error = values.map((v) => v.value);
			results.push(result);
		}
		out.push({ object, results });
	}
	return out;
}

function parseNpdu(buffer) {
	const r = new Reader(buffer);
	const out = { version: r.u8(), control: r.u8() };
	if (out.control & 0x20) {
		out.dnet = r.u16();
		out.dadr = r.take(r.u8());
	}
	if (out.control & 0x08) {
		out.snet = r.u16();
		out.sadr = r.take(r.u8());
	}
	if (out.control & 0x20)
		out.hops = r.u8();
	if (out.control & 0x80)
		out.message = r.u8();
	out.apdu = r.take(r.left());
	return out;
}

function parseDatagram(buffer) {
	if (buffer.length < 4 || buffer[0] !== 0x81 || buffer.readUInt16BE(2) !== buffer.length)
		throw new Error(`no BVLC: ${buffer.toString('hex')}`);
	const out = { fn: buffer[1] };
	let body = buffer.subarray(4);
	if (out.fn === 4) {
		out.origin = body.subarray(0, 6);
		body = body.subarray(6);
	}
	if ([4, 9, 10, 11].includes(out.fn))
		out.npdu = parseNpdu(body);
	else
		out.body = body;
	return out;
}

function parseApdu(b) {
	const type = b[0] >> 4;
	switch (type) {
	case 0: return { type: 'request', segmented: !!(b[0] & 8), invoke: b[2], service: b[3], body: b.subarray(4) };
	case 1: return { type: 'unconfirmed', service: b[1], body: b.subarray(2) };
	case 2: return { type: 'simple', invoke: b[1], service: b[2] };
	case 3: return b[0] & 8
		? { type: 'complex', segmented: true, more: !!(b[0] & 4), invoke: b[1], sequence: b[2], window: b[3], service: b[4], body: b.subarray(5) }
		: { type: 'complex', segmented: false, invoke: b[1], service: b[2], body: b.subarray(3) };
	case 4: return { type: 'segmentAck', nak: !!(b[0] & 2), server: !!(b[0] & 1), invoke: b[1], sequence: b[2], window: b[3] };
	case 5: {
		const r = new Reader(b.subarray(3));
		return { type: 'error', invoke: b[1], service: b[2], error: [unsignedOf(r.tag().octets), unsignedOf(r.tag().octets)] };
	}
	case 6: return { type: 'reject', invoke: b[1], reason: b[2] };
	case 7: return { type: 'abort', server: !!(b[0] & 1), invoke: b[1], reason: b[2] };
	default: return { type: 'unknown' };
	}
}

function iAm(body) {
	const r = new Reader(body);
	const [object, maxApdu, segmentation, vendor] = [valueOf(r.tag()), valueOf(r.tag()), valueOf(r.tag()), valueOf(r.tag())];
	return { device: object.value[1], maxApdu: maxApdu.value, segmentation: segmentation.value, vendor: vendor.value };
}

// ---- a client ----

class Failed extends Error {
	constructor(answer) {
		super(`${answer.type} ${answer.error ? answer.error.join('/') : answer.reason}`);
		this.answer = answer;
	}
}

// One UDP socket.  `to` of every call is { address, port, net?, adr? (Buffer) }.
class Client {
	constructor() {
		this.pending = new Map();
		this.heard = [];
		this.listeners = new Set();
		this.invoke = Math.floor(Math.random() * 256);
		this.largest = 0;            // APDU that came, octets
	}

	async open(address = '0.0.0.0', port = 0) {
		this.socket = dgram.createSocket({ type: 'udp4', reuseAddr: false, recvBufferSize: 1 << 20 });
		this.socket.on('message', (m, from) => this.received(m, from));
		await new Promise((resolve, reject) => {
			this.socket.once('error', reject);
			this.socket.bind({ address, port, exclusive: true }, resolve);
		});
		this.socket.setBroadcast(true);
		this.port = this.socket.address().port;
		return this;
	}

	close() {
		this.socket.close();
	}

	send(buffer, to) {
		return new Promise((resolve, reject) => this.socket.send(buffer, to.port, to.address, (e) => e ? reject(e) : resolve()));
	}

	received(buffer, from) {
		let datagram;
		try {
			datagram = parseDatagram(buffer);
		} catch (e) {
			datagram = { broken: e.message };
		}
		const item = { datagram, from, buffer, apdu: datagram.npdu && datagram.npdu.message === undefined ? parseApdu(datagram.npdu.apdu) : undefined };
		if (datagram.npdu)
			this.largest = Math.max(this.largest, datagram.npdu.apdu.length);
		this.heard.push(item);
		if (this.heard.length > 2000)
			this.heard.splice(0, 1000);
		const p = item.apdu && item.apdu.invoke !== undefined && this.pending.get(item.apdu.invoke);
		if (p)
			p(item);
		for (const fn of this.listeners)
			fn(item);
	}

	// The next datagram that `test` accepts, or null after ms.
	hear(test, ms = 2000) {
		return new Promise((resolve) => {
			const fn = (item) => {
				if (!test(item))
					return;
				clearTimeout(timer);
				this.listeners.delete(fn);
				resolve(item);
			};
			const timer = setTimeout(() => {
				this.listeners.delete(fn);
				resolve(null);
			}, ms);
			this.listeners.add(fn);
		});
	}

	envelope(apdu, to, expecting) {
		return bvlc(10, npdu(apdu, { expecting, ...(to.net ? { dnet: to.net, dadr: to.adr } : {}) }));
	}

	// -> the answer, reassembled when it is segmented; throws Failed on Error, Reject, Abort
	async request(to, service, body, options = {}) {
		const invoke = this.invoke = (this.invoke + 1) % 256;
		const frame = this.envelope(confirmed(service, body, { invoke, ...options }), to, true);
		const parts = [];
		let window = options.window || 8;
		return new Promise((resolve, reject) => {
			let tries = 0;
			let timer;
			const end = (fn, x) => {
				clearTimeout(timer);
				this.pending.delete(invoke);
				fn(x);
			};
			const again = () => {
				timer = setTimeout(() => {
					if (parts.length || ++tries > (options.retries === undefined ? 2 : options.retries))
						return end(reject, new Error(`no answer to service ${service} after ${parts.length} segments`));
					this.send(frame, to).catch((e) => end(reject, e));
					return again();
				}, options.timeout || 3000);
			};
			this.pending.set(invoke, ({ apdu }) => {
				if (['error', 'reject', 'abort'].includes(apdu.type))
					return end(reject, new Failed(apdu));
				if (apdu.type === 'simple')
					return end(resolve, apdu);
				if (apdu.type !== 'complex')
					return undefined;
				if (!apdu.segmented)
					return end(resolve, apdu);
				if (apdu.sequence !== parts.length % 256)
					return undefined;
				parts.push(apdu.body);
				window = Math.min(window, apdu.window);          // what is granted is never more than what is proposed
				clearTimeout(timer);
				again();
				const last = !apdu.more;
				if (parts.length === 1 || last || (parts.length - 1) % window === 0)
					this.send(this.envelope(Buffer.from([0x40, invoke, apdu.sequence, window]), to, false), to);
				if (last)
					return end(resolve, { ...apdu, body: Buffer.concat(parts), segments: parts.length });
				return undefined;
			});
			this.send(frame, to).catch((e) => end(reject, e));
			again();
		});
	}

	async read(to, object, property, index, options) {
		return readAck((await this.request(to, SERVICE.readProperty, readPropertyBody(object, property, index), options)).body).values;
	}

	// The single value of a property.
	async get(to, object, property, index, options) {
		const values = await this.read(to, object, property, index, options);
		if (values.length !== 1)
			throw new Error(`${values.length} values where one was expected`);
		return values[0].value;
	}

	async readMultiple(to, list, options) {
		const answer = await this.request(to, SERVICE.readPropertyMultiple, readMultipleBody(list), options);
		return Object.assign(readMultipleAck(answer.body), { segments: answer.segments || 1, octets: answer.body.length });
	}

	write(to, object, property, value, options = {}) {
		return this.request(to, SERVICE.writeProperty, writePropertyBody(object, property, value, options), options);
	}

	// Every I-Am that comes within ms.
	async whoIs(to, { low, high, ms = 500, broadcast = true, npduOptions = {} } = {}) {
		const found = [];
		const fn = (item) => {
			if (item.apdu && item.apdu.type === 'unconfirmed' && item.apdu.service === 0)
				found.push({ ...iAm(item.apdu.body), from: item.from, npdu: item.datagram.npdu, fn: item.datagram.fn });
		};
		this.listeners.add(fn);
		await this.send(bvlc(broadcast ? 11 : 10, npdu(whoIsApdu(low, high), npduOptions)), to);
		await new Promise((resolve) => setTimeout(resolve, ms));
		this.listeners.delete(fn);
		return found;
	}
}

module.exports = {
	TYPE, PROP, SERVICE, APDU_SIZE, REJECT, app, tagged, opening, closing, ctxUnsigned, ctxObject, bvlc, npdu, confirmed,
	readPropertyBody, readMultipleBody, writePropertyBody, whoIsApdu, parseDatagram, parseNpdu, parseApdu, readAck, readMultipleAck,
	iAm, Client, Failed, Reader, valueOf, unsignedOf,
};
