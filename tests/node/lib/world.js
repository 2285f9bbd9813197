// The processes and networks of one test.  Everything that is started here is ended here, and judged: a process that ends badly or
// has to be killed fails the test, and tshark decodes every frame that our device sent while the test ran.
//
// With namespaces (in_netns) the test's own namespace holds a bridge, "building", 10.31.0.1/24; each place on it is a namespace of
// its own with one address.  Without them every place is 127.0.0.1 with a free port of its own.
'use strict';

const { spawn, execFile } = require('child_process');
const dgram = require('dgram');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { finallyDo, note, step, skip } = require('./tap.js');

const top = path.resolve(__dirname, '../../..');
const build = process.env.BACNET_UPS_BUILD || path.join(top, 'build');
const program = {
	upsd: path.join(build, 'src/daemon/bacnet-upsd'),
	tool: path.join(build, 'src/tools/bacnet-ups'),
	sim: path.join(build, 'sim/ups-sim'),
};
const netns = process.env.BACNET_UPS_NETNS !== 'no';
const slow = Number(process.env.BACNET_UPS_SLOW || 1);        // sanitizers: patience is multiplied by it

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Runs a program to its end -> { code, stdout, stderr }
function execute(file, args, { timeout = 30000 * slow, env, input } = {}) {
	return new Promise((resolve, reject) => {
		const child = execFile(file, args, { timeout, maxBuffer: 1 << 28, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
			if (error && typeof error.code === 'string')
				return reject(error);
			return resolve({ code: error ? error.code === null ? error.signal : error.code : 0, stdout, stderr });
		});
		if (input !== undefined)
			child.stdin.end(input);
	});
}

async function must(file, ...args) {
	const { code, stderr } = await execute(file, args);
	if (code !== 0)
		throw new Error(`${file} ${args.join(' ')}: ${code} ${stderr}`);
}

class Over extends Error {}              // no use waiting on

// Calls fn until it gives something that is not false or null, and returns that.  An exception counts as "not yet".
async function until(what, fn, ms = 10000) {
	const end = Date.now() + ms * slow;
	let last = '';
	for (;;) {
		try {
			const x = await fn();
			if (x || x === 0)
				return x;
		} catch (e) {
			if (e instanceof Over)
				throw e;
			last = e;
		}
		if (Date.now() > end)
			throw new Error(`waited ${ms * slow} ms in vain: ${what} ${last && (last.stack || last)}`);
		await sleep(20);
	}
}

class Process {
	constructor(name, file, args, { env, prefix = [] } = {}) {
		this.name = name;
		this.lines = [];
		this.out = '';
		const all = [...prefix, file, ...args];
		this.child = spawn(all[0], all.slice(1), { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
		this.child.stdin.on('error', () => {});
		for (const stream of [this.child.stdout, this.child.stderr]) {
			let rest = '';
			stream.setEncoding('utf8');
			stream.on('data', (text) => {
				rest += text;
				const lines = rest.split('\n');
				rest = lines.pop();
				this.lines.push(...lines);
				if (this.lines.length > 5000)
					this.lines.splice(0, 2000);
			});
			stream.on('end', () => rest && this.lines.push(rest));
		}
		this.exited = new Promise((resolve) => {
			this.child.on('error', (e) => {
				this.lines.push(String(e));
				resolve(this.end = { code: 127, signal: null });
			});
			this.child.on('close', (code, signal) => resolve(this.end = { code, signal }));
		});
	}

	get running() {
		return !this.end;
	}

	type(line) {
		this.child.stdin.write(`${line}\n`);
	}

	kill(signal = 'SIGTERM') {
		if (this.running)
			this.child.kill(signal);
	}

	// A line from index `from` on that matches.
	line(pattern, { from = 0, ms = 10000 } = {}) {
		return until(`${this.name}: ${pattern}`, () => {
			const found = this.lines.slice(from).find((l) => pattern.test(l));
			if (!found && !this.running)
				throw new Over(`${this.name} has ended with ${JSON.stringify(this.end)}:\n${this.lines.slice(-20).join('\n')}`);
			return found;
		}, ms);
	}

	// Ends it -> { code, signal, ms }.  `patience` ms later it is killed, which counts as failure.
	async stop(signal = 'SIGTERM', patience = 10000) {
		const start = process.hrtime.bigint();
		this.kill(signal);
		const timer = setTimeout(() => {
			this.killed = true;
			this.child.kill('SIGKILL');
		}, patience * slow);
		const end = await this.exited;
		clearTimeout(timer);
		return { ...end, ms: Number((process.hrtime.bigint() - start) / 1000000n) };
	}
}

function freePort() {
	return new Promise((resolve, reject) => {
		const s = dgram.createSocket('udp4');
		s.on('error', reject);
		s.bind(0, '127.0.0.1', () => {
			const { port } = s.address();
			s.close(() => resolve(port));
		});
	});
}

class World {
	constructor() {
		this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'bacnet-ups-'));
		this.processes = [];
		this.places = [];
		this.devices = new Set();        // addresses that our daemons have
		this.captures = [];
		this.serial = 0;
		finallyDo(() => this.close());
		process.on('exit', () => this.processes.forEach((p) => p.kill('SIGKILL')));
		for (const signal of ['SIGTERM', 'SIGINT'])
			process.on(signal, () => process.exit(1));
	}

	path(name) {
		return path.join(this.directory, name);
	}

	start(name, file, args, options) {
		const p = new Process(name, file, args, options);
		this.processes.push(p);
		return p;
	}

	// ---- networks ----

	async open() {
		if (!netns) {
			note('no network namespaces here: everything runs on 127.0.0.1');
			return this;
		}
		await must('ip', 'link', 'set', 'lo', 'up');
		await this.bridge('building', '10.31.0.1');
		await must('ip', 'address', 'add', `${this.elsewhere}/24`, 'broadcast', '10.31.0.255', 'dev', 'building');
		return this;
	}

	async bridge(name, address) {
		await must('ip', 'link', 'add', name, 'type', 'bridge');
		await must('ip', 'address', 'add', `${address}/24`, 'broadcast', address.replace(/\.\d+$/, '.255'), 'dev', name);
		await must('ip', 'link', 'set', name, 'up');
	}

	async namespace(name) {
		const holder = this.start(`namespace ${name}`, 'unshare', ['-n', 'sleep', 'infinity']);
		const own = fs.readlinkSync('/proc/self/ns/net');
		await until('a namespace', () => fs.readlinkSync(`/proc/${holder.child.pid}/ns/net`) !== own);
		const place = { name, holder, prefix: ['nsenter', '-t', String(holder.child.pid), '-n', '--'], wires: 0 };
		await must(...place.prefix, 'ip', 'link', 'set', 'lo', 'up');
		return place;
	}

	// Lays a wire from a namespace to a bridge of ours.
	async wire(place, bridge, address) {
		const device = `eth${place.wires++}`;
		const ours = `v${this.serial++}${place.name}`.slice(0, 15);
		await must('ip', 'link', 'add', ours, 'type', 'veth', 'peer', 'name', device, 'netns', String(place.holder.child.pid));
		await must('ip', 'link', 'set', ours, 'master', bridge, 'up');
		await must(...place.prefix, 'ip', 'address', 'add', `${address}/24`, 'broadcast', address.replace(/\.\d+$/, '.255'), 'dev', device);
		await must(...place.prefix, 'ip', 'link', 'set', device, 'up');
		return { ours, device };
	}

	// Somewhere to run a daemon: { address, broadcast, port, prefix, interface }
	async place(name) {
		if (!netns) {
			const place = { name, prefix: [], address: '127.0.0.1', broadcast: '127.255.255.255', port: await freePort() };
			this.places.push(place);
			return place;
		}
		const place = await this.namespace(name);
		place.address = `10.31.0.${10 + this.places.length}`;
		place.broadcast = '10.31.0.255';
		place.port = 47808;
		this.places.push(place);
		const wire = await this.wire(place, 'building', place.address);
		place.interface = wire.device;
		place.cable = wire.ours;         // our end of it
		await this.capture(wire.ours);
		return place;
	}

	// The address of the test itself, as the devices see it.
	get here() {
		return netns ? '10.31.0.1' : '127.0.0.1';
	}

	// Another address for somebody who is not to be confused with it.
	get elsewhere() {
		return netns ? '10.31.0.2' : '127.0.0.2';
	}

	// ---- the judge ----

	// The first 30000 frames: more teach nothing new, and tshark takes its time.
	async capture(device) {
		const file = this.path(`${device}.pcapng`);
		const p = this.start(`dumpcap ${device}`, 'dumpcap', ['-q', '-i', device, '-w', file, '-f', 'udp', '-B', '16', '-c', '30000']);
		p.expected = null;               // it may be missing: the judging step says so
		this.captures.push({ file, process: p });
		await until('dumpcap', () => !p.running || p.lines.some((l) => /File:/.test(l)) || fs.existsSync(file)).catch(() => {});
	}

	// A step: no frame of ours that tshark calls malformed, or has an expert's warning about.  `except`: a client whose requests are
	// garbage; its answers repeat addresses that exist in no network that tshark knows.
	judge({ except } = {}) {
		step('tshark finds nothing wrong with what our device sent', async () => {
			if (!this.captures.length)
				skip('a capture needs network namespaces');
			let frames = 0;
			for (const { file, process: p } of this.captures) {
				await sleep(300);
				await p.stop('SIGINT');
				if (!fs.existsSync(file))
					throw new Error(`dumpcap left no capture: ${p.lines.join(' | ')}`);
				if (process.env.BACNET_UPS_KEEP)
					fs.copyFileSync(file, path.join(process.env.BACNET_UPS_KEEP, `${path.basename(process.argv[1], '.js')}-${path.basename(file)}`));
				const ours = `(${[...this.devices].map((a) => `ip.src == ${a}`).join(' || ')})${except ? ` && ip.dst != ${except}` : ''}`;
				const all = await tshark(file, ours, 'frame.number');
				const wrong = await tshark(file, `(${ours}) && (_ws.malformed || _ws.expert.severity >= 0x600000 || (udp && !bvlc))`,
					'frame.number', '_ws.expert.message', '_ws.expert.severity', 'udp.payload');
				if ((await Promise.all(wrong.map((line) => this.excused(line)))).includes(false))
					throw new Error(`${wrong.length} of ${all.length} frames, such as\n${wrong.slice(0, 10).join('\n')}`);
				frames += all.length;
			}
			if (!frames)
				throw new Error('the capture is empty');
			return `${frames} frames`;
		});
	}

	// tshark 4.0, which Debian 12 has, cannot read a bit string of more than three octets of bits as a Present_Value (it can as any
	// other property), and UnitAlarms with its 31 bits is one.  Such a frame is judged once more with the property called Alarm_Values.
	async excused(line) {
		const payload = line.split('\t').pop();
		const again = payload.replace(/(19|29)55(3e|4e)85/g, '$107$285');
		if (again === payload)
			return false;
		const octets = Buffer.from(again, 'hex');
		const name = this.path(`again${this.serial++}`);
		fs.writeFileSync(`${name}.txt`, `0000 ${octets.toString('hex').replace(/../g, '$& ')}\n`);
		await must('text2pcap', '-q', '-u', '47808,47808', `${name}.txt`, `${name}.pcap`);
		return (await tshark(`${name}.pcap`, '_ws.malformed || _ws.expert.severity >= 0x600000 || !bvlc', 'frame.number')).length === 0;
	}

	// ---- our programs ----

	// options: family, args (more), baud.  -> the process, with .link for the configuration
	async simulator({ family = 'masterys', baud = 57600, args = [], tcp } = {}) {
		const pty = this.path(`ups${this.serial++}`);
		const where = tcp ? ['--tcp', tcp] : ['--pty', pty, '--baud', String(baud)];
		const sim = this.start('ups-sim', program.sim, ['--family', family, ...where, ...args]);
		sim.link = tcp ? `tcp:${tcp}` : pty;
		if (!tcp)
			await until('the pty', () => {
				if (!sim.running)
					throw new Over(sim.lines.join('\n'));
				return fs.existsSync(pty);
			});
		return sim;
	}

	// { bacnet: {...}, ups: {...}, place } -> path of a configuration file.  undefined leaves an option out.
	configuration(name, { place, bacnet = {}, ups = {}, text }) {
		const file = this.path(`${name}.conf`);
		const section = (title, options) => [`[${title}]`, ...Object.entries(options).filter(([, v]) => v !== undefined).map(([k, v]) => `${k} = ${v}`)];
		fs.writeFileSync(file, text !== undefined ? text : [
			...section('bacnet', { address: place.address, port: place.port, startup_delay: 0, ...bacnet }),
			...section('ups', { family: 'masterys', baud: 57600, timeout: 200, retries: 2, ...ups }), ''].join('\n'));
		return file;
	}

	// Starts a daemon: { name, place, bacnet, ups }.  -> the process with .to (for a client), .conf, .state, .control
	async daemon({ name = `upsd${this.serial++}`, place, file, state, ...options }) {
		const conf = file || this.configuration(name, { place, ...options });
		const stateDir = state || this.path(`${name}.state`);
		fs.mkdirSync(stateDir, { recursive: true });
		const control = this.path(`${name}.ctl`);
		const d = this.start('bacnet-upsd', program.upsd, ['--config', conf, '--state-dir', stateDir, '--control', control], { prefix: place.prefix });
		this.devices.add(place.address);
		return Object.assign(d, { conf, state: stateDir, control, place, to: { address: place.address, port: place.port } });
	}

	tool(daemon, ...args) {
		return execute(program.tool, ['--control', daemon.control, ...args]);
	}

	// Ends whatever still runs, and says what did not end as it should.
	async close() {
		const bad = [];
		for (const p of [...this.processes].reverse()) {
			const ours = Object.values(program).includes(p.child.spawnargs.find((a) => Object.values(program).includes(a)));
			const wasRunning = p.running;
			const end = await p.stop(ours || /dumpcap/.test(p.name) ? 'SIGTERM' : 'SIGKILL', 5000);
			if (!ours)
				continue;
			const expected = p.expected === undefined ? 0 : p.expected;
			if (p.killed || end.code !== expected)
				bad.push(`${p.name} ended with ${JSON.stringify(end)}${wasRunning ? '' : ' by itself'}, its last words:\n${p.lines.slice(-60).join('\n')}`);
		}
		fs.rmSync(this.directory, { recursive: true, force: true });
		if (bad.length)
			throw new Error(bad.join('\n'));
	}
}

// Every port is said to be BACnet: a client's own port is the kernel's choice, and where it is one that tshark knows for another protocol (44818 is EtherNet/IP),
// the lower number of the two would decide how our frames are read.
async function tshark(file, filter, ...fields) {
	const { code, stdout, stderr } = await execute('tshark', ['-r', file, '-d', 'udp.port==1-65535,bvlc', '-Y', filter, '-T', 'fields',
		...fields.flatMap((f) => ['-e', f])], { timeout: 120000 * slow });
	if (code !== 0)
		throw new Error(`tshark: ${stderr}`);
	return stdout.split('\n').filter(Boolean);
}

module.exports = { World, Process, execute, until, sleep, netns, slow, program, top, build, must, tshark, freePort };
