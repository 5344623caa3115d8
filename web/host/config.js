// config.js - the run's configuration: NUL-terminated key=value records (docs/host.md). Values are Latin-1 strings of raw bytes.

export class Config {
	constructor(bytes) {
		this.bytes = bytes;
		this.records = [];
		let at = 0;
		while (at < bytes.length) {
			let end = bytes.indexOf(0, at);
			if (end < 0)
				end = bytes.length;
			let text = '';
			for (let i = at; i < end; i++)
				text += String.fromCharCode(bytes[i]);
			const eq = text.indexOf('=');
			if (eq > 0)
				this.records.push([text.slice(0, eq), text.slice(eq + 1)]);
			at = end + 1;
		}
	}

	get(key) {
		return this.records.find((r) => r[0] === key)?.[1];
	}

	all(key) {
		return this.records.filter((r) => r[0] === key).map((r) => r[1]);
	}
}
