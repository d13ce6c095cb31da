import { createHash } from "node:crypto";
import { readSync, writeSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
// node_modules/fake-indexeddb/build/esm/lib/errors.js
var messages = {
	AbortError: "A request was aborted, for example through a call to IDBTransaction.abort.",
	ConstraintError: "A mutation operation in the transaction failed because a constraint was not satisfied. For example, an object such as an object store or index already exists and a request attempted to create a new one.",
	DataCloneError: "The data being stored could not be cloned by the internal structured cloning algorithm.",
	DataError: "Data provided to an operation does not meet requirements.",
	InvalidAccessError: "An invalid operation was performed on an object. For example transaction creation attempt was made, but an empty scope was provided.",
	InvalidStateError: "An operation was called on an object on which it is not allowed or at a time when it is not allowed. Also occurs if a request is made on a source object that has been deleted or removed. Use TransactionInactiveError or ReadOnlyError when possible, as they are more specific variations of InvalidStateError.",
	NotFoundError: "The operation failed because the requested database object could not be found. For example, an object store did not exist but was being opened.",
	ReadOnlyError: "The mutating operation was attempted in a \"readonly\" transaction.",
	TransactionInactiveError: "A request was placed against a transaction which is currently not active, or which is finished.",
	SyntaxError: "The keypath argument contains an invalid key path",
	VersionError: "An attempt was made to open a database using a lower version than the existing version."
};
var setErrorCode = (error, value) => {
	Object.defineProperty(error, "code", {
		value,
		writable: false,
		enumerable: true,
		configurable: false
	});
};
var AbortError = class extends DOMException {
	constructor(message = messages.AbortError) {
		super(message, "AbortError");
	}
};
var ConstraintError = class extends DOMException {
	constructor(message = messages.ConstraintError) {
		super(message, "ConstraintError");
	}
};
var DataError = class extends DOMException {
	constructor(message = messages.DataError) {
		super(message, "DataError");
		setErrorCode(this, 0);
	}
};
var InvalidAccessError = class extends DOMException {
	constructor(message = messages.InvalidAccessError) {
		super(message, "InvalidAccessError");
	}
};
var InvalidStateError = class extends DOMException {
	constructor(message = messages.InvalidStateError) {
		super(message, "InvalidStateError");
		setErrorCode(this, 11);
	}
};
var NotFoundError = class extends DOMException {
	constructor(message = messages.NotFoundError) {
		super(message, "NotFoundError");
	}
};
var ReadOnlyError = class extends DOMException {
	constructor(message = messages.ReadOnlyError) {
		super(message, "ReadOnlyError");
	}
};
var SyntaxError = class extends DOMException {
	constructor(message = messages.VersionError) {
		super(message, "SyntaxError");
		setErrorCode(this, 12);
	}
};
var TransactionInactiveError = class extends DOMException {
	constructor(message = messages.TransactionInactiveError) {
		super(message, "TransactionInactiveError");
		setErrorCode(this, 0);
	}
};
var VersionError = class extends DOMException {
	constructor(message = messages.VersionError) {
		super(message, "VersionError");
	}
};
// node_modules/fake-indexeddb/build/esm/lib/isSharedArrayBuffer.js
function isSharedArrayBuffer(input) {
	return typeof SharedArrayBuffer !== "undefined" && input instanceof SharedArrayBuffer;
}
// node_modules/fake-indexeddb/build/esm/lib/valueToKeyWithoutThrowing.js
var INVALID_TYPE = Symbol("INVALID_TYPE");
var INVALID_VALUE = Symbol("INVALID_VALUE");
var valueToKeyWithoutThrowing = (input, seen) => {
	if (typeof input === "number") {
		if (isNaN(input)) return INVALID_VALUE;
		return input;
	} else if (Object.prototype.toString.call(input) === "[object Date]") {
		const ms = input.valueOf();
		if (isNaN(ms)) return INVALID_VALUE;
		return new Date(ms);
	} else if (typeof input === "string") return input;
	else if (input instanceof ArrayBuffer || isSharedArrayBuffer(input) || typeof ArrayBuffer !== "undefined" && ArrayBuffer.isView && ArrayBuffer.isView(input)) {
		if ("detached" in input ? input.detached : input.byteLength === 0) return INVALID_VALUE;
		let arrayBuffer;
		let offset = 0;
		let length = 0;
		if (input instanceof ArrayBuffer || isSharedArrayBuffer(input)) {
			arrayBuffer = input;
			length = input.byteLength;
		} else {
			arrayBuffer = input.buffer;
			offset = input.byteOffset;
			length = input.byteLength;
		}
		return arrayBuffer.slice(offset, offset + length);
	} else if (Array.isArray(input)) {
		if (seen === void 0) seen = /* @__PURE__ */ new Set();
		else if (seen.has(input)) return INVALID_VALUE;
		seen.add(input);
		let hasInvalid = false;
		const keys = Array.from({ length: input.length }, (_, i) => {
			if (hasInvalid) return;
			if (!Object.hasOwn(input, i)) {
				hasInvalid = true;
				return;
			}
			const entry = input[i];
			const key = valueToKeyWithoutThrowing(entry, seen);
			if (key === INVALID_VALUE || key === INVALID_TYPE) {
				hasInvalid = true;
				return;
			}
			return key;
		});
		if (hasInvalid) return INVALID_VALUE;
		return keys;
	} else return INVALID_TYPE;
};
// node_modules/fake-indexeddb/build/esm/lib/valueToKey.js
var valueToKey = (input, seen) => {
	const result = valueToKeyWithoutThrowing(input, seen);
	if (result === INVALID_VALUE || result === INVALID_TYPE) throw new DataError();
	return result;
};
// node_modules/fake-indexeddb/build/esm/lib/cmp.js
var getType = (x) => {
	if (typeof x === "number") return "Number";
	if (Object.prototype.toString.call(x) === "[object Date]") return "Date";
	if (Array.isArray(x)) return "Array";
	if (typeof x === "string") return "String";
	if (x instanceof ArrayBuffer) return "Binary";
	throw new DataError();
};
/**
* Compare two already-normalized IndexedDB keys (i.e. keys that have already
* been run through `valueToKey`). Use this on internal/hot paths where keys
* are known to be valid to avoid redundant `valueToKey` conversions.
*
* For comparing raw/untrusted input, use the default-exported `cmp` instead —
* it validates and normalizes both arguments before comparing.
*/
var cmpKeys = (first, second) => {
	const t1 = getType(first);
	const t2 = getType(second);
	if (t1 !== t2) {
		if (t1 === "Array") return 1;
		if (t1 === "Binary" && (t2 === "String" || t2 === "Date" || t2 === "Number")) return 1;
		if (t1 === "String" && (t2 === "Date" || t2 === "Number")) return 1;
		if (t1 === "Date" && t2 === "Number") return 1;
		return -1;
	}
	if (t1 === "Binary") {
		const firstBytes = new Uint8Array(first);
		const secondBytes = new Uint8Array(second);
		const firstLen = firstBytes.length;
		const secondLen = secondBytes.length;
		const length = Math.min(firstLen, secondLen);
		for (let i = 0; i < length; i++) {
			if (firstBytes[i] > secondBytes[i]) return 1;
			if (firstBytes[i] < secondBytes[i]) return -1;
		}
		if (firstLen > secondLen) return 1;
		if (firstLen < secondLen) return -1;
		return 0;
	}
	if (t1 === "Array") {
		const length = Math.min(first.length, second.length);
		for (let i = 0; i < length; i++) {
			const result = cmpKeys(first[i], second[i]);
			if (result !== 0) return result;
		}
		if (first.length > second.length) return 1;
		if (first.length < second.length) return -1;
		return 0;
	}
	if (t1 === "Date") {
		if (first.getTime() === second.getTime()) return 0;
	} else if (first === second) return 0;
	return first > second ? 1 : -1;
};
var cmp = (first, second) => {
	if (second === void 0) throw new TypeError();
	return cmpKeys(valueToKey(first), valueToKey(second));
};
// node_modules/fake-indexeddb/build/esm/FDBKeyRange.js
var FDBKeyRange = class FDBKeyRange {
	static only(value) {
		if (arguments.length === 0) throw new TypeError();
		value = valueToKey(value);
		return new FDBKeyRange(value, value, false, false);
	}
	static lowerBound(lower, open = false) {
		if (arguments.length === 0) throw new TypeError();
		lower = valueToKey(lower);
		return new FDBKeyRange(lower, void 0, open, true);
	}
	static upperBound(upper, open = false) {
		if (arguments.length === 0) throw new TypeError();
		upper = valueToKey(upper);
		return new FDBKeyRange(void 0, upper, true, open);
	}
	static bound(lower, upper, lowerOpen = false, upperOpen = false) {
		if (arguments.length < 2) throw new TypeError();
		lower = valueToKey(lower);
		upper = valueToKey(upper);
		const cmpResult = cmpKeys(lower, upper);
		if (cmpResult === 1 || cmpResult === 0 && (lowerOpen || upperOpen)) throw new DataError();
		return new FDBKeyRange(lower, upper, lowerOpen, upperOpen);
	}
	constructor(lower, upper, lowerOpen, upperOpen) {
		this.lower = lower;
		this.upper = upper;
		this.lowerOpen = lowerOpen;
		this.upperOpen = upperOpen;
	}
	includes(key) {
		if (arguments.length === 0) throw new TypeError();
		key = valueToKey(key);
		if (this.lower !== void 0) {
			const cmpResult = cmpKeys(this.lower, key);
			if (cmpResult === 1 || cmpResult === 0 && this.lowerOpen) return false;
		}
		if (this.upper !== void 0) {
			const cmpResult = cmpKeys(this.upper, key);
			if (cmpResult === -1 || cmpResult === 0 && this.upperOpen) return false;
		}
		return true;
	}
	get [Symbol.toStringTag]() {
		return "IDBKeyRange";
	}
};
// node_modules/fake-indexeddb/build/esm/lib/extractKey.js
var extractKey = (keyPath, value) => {
	if (Array.isArray(keyPath)) {
		const result = [];
		for (let item of keyPath) {
			if (item !== void 0 && item !== null && typeof item !== "string" && item.toString) item = item.toString();
			const key = extractKey(item, value).key;
			result.push(valueToKey(key));
		}
		return {
			type: "found",
			key: result
		};
	}
	if (keyPath === "") return {
		type: "found",
		key: value
	};
	let remainingKeyPath = keyPath;
	let object = value;
	while (remainingKeyPath !== null) {
		let identifier;
		const i = remainingKeyPath.indexOf(".");
		if (i >= 0) {
			identifier = remainingKeyPath.slice(0, i);
			remainingKeyPath = remainingKeyPath.slice(i + 1);
		} else {
			identifier = remainingKeyPath;
			remainingKeyPath = null;
		}
		if (!(identifier === "length" && (typeof object === "string" || Array.isArray(object)) || (identifier === "size" || identifier === "type") && typeof Blob !== "undefined" && object instanceof Blob || (identifier === "name" || identifier === "lastModified") && typeof File !== "undefined" && object instanceof File) && (typeof object !== "object" || object === null || !Object.hasOwn(object, identifier))) return { type: "notFound" };
		object = object[identifier];
	}
	return {
		type: "found",
		key: object
	};
};
// node_modules/fake-indexeddb/build/esm/lib/cloneValueForInsertion.js
function cloneValueForInsertion(value, transaction) {
	if (transaction._state !== "active") throw new Error("Assert: transaction state is active");
	transaction._state = "inactive";
	try {
		return structuredClone(value);
	} finally {
		transaction._state = "active";
	}
}
// node_modules/fake-indexeddb/build/esm/FDBCursor.js
var getEffectiveObjectStore = (cursor) => {
	if (cursor.source instanceof FDBObjectStore) return cursor.source;
	return cursor.source.objectStore;
};
var makeKeyRange = (range, lowers, uppers) => {
	let lower = range !== void 0 ? range.lower : void 0;
	let upper = range !== void 0 ? range.upper : void 0;
	for (const lowerTemp of lowers) {
		if (lowerTemp === void 0) continue;
		if (lower === void 0 || cmpKeys(lower, lowerTemp) === 1) lower = lowerTemp;
	}
	for (const upperTemp of uppers) {
		if (upperTemp === void 0) continue;
		if (upper === void 0 || cmpKeys(upper, upperTemp) === -1) upper = upperTemp;
	}
	if (lower !== void 0 && upper !== void 0) return FDBKeyRange.bound(lower, upper);
	if (lower !== void 0) return FDBKeyRange.lowerBound(lower);
	if (upper !== void 0) return FDBKeyRange.upperBound(upper);
};
var FDBCursor = class {
	_gotValue = false;
	_position = void 0;
	_objectStorePosition = void 0;
	_keyOnly = false;
	_key = void 0;
	_primaryKey = void 0;
	constructor(source, range, direction = "next", request, keyOnly = false) {
		this._range = range;
		this._source = source;
		this._direction = direction;
		this._request = request;
		this._keyOnly = keyOnly;
	}
	get source() {
		return this._source;
	}
	set source(val) {}
	get request() {
		return this._request;
	}
	set request(val) {}
	get direction() {
		return this._direction;
	}
	set direction(val) {}
	get key() {
		return this._key;
	}
	set key(val) {}
	get primaryKey() {
		return this._primaryKey;
	}
	set primaryKey(val) {}
	_iterate(key, primaryKey) {
		const sourceIsObjectStore = this.source instanceof FDBObjectStore;
		const records = this.source instanceof FDBObjectStore ? this.source._rawObjectStore.records : this.source._rawIndex.records;
		let foundRecord;
		if (this.direction === "next") {
			const range = makeKeyRange(this._range, [key, this._position], []);
			for (const record of records.values(range)) {
				const cmpResultKey = key !== void 0 ? cmpKeys(record.key, key) : void 0;
				const cmpResultPosition = this._position !== void 0 ? cmpKeys(record.key, this._position) : void 0;
				if (key !== void 0) {
					if (cmpResultKey === -1) continue;
				}
				if (primaryKey !== void 0) {
					if (cmpResultKey === -1) continue;
					const cmpResultPrimaryKey = cmpKeys(record.value, primaryKey);
					if (cmpResultKey === 0 && cmpResultPrimaryKey === -1) continue;
				}
				if (this._position !== void 0 && sourceIsObjectStore) {
					if (cmpResultPosition !== 1) continue;
				}
				if (this._position !== void 0 && !sourceIsObjectStore) {
					if (cmpResultPosition === -1) continue;
					if (cmpResultPosition === 0 && cmpKeys(record.value, this._objectStorePosition) !== 1) continue;
				}
				if (this._range !== void 0) {
					if (!this._range.includes(record.key)) continue;
				}
				foundRecord = record;
				break;
			}
		} else if (this.direction === "nextunique") {
			const range = makeKeyRange(this._range, [key, this._position], []);
			for (const record of records.values(range)) {
				if (key !== void 0) {
					if (cmpKeys(record.key, key) === -1) continue;
				}
				if (this._position !== void 0) {
					if (cmpKeys(record.key, this._position) !== 1) continue;
				}
				if (this._range !== void 0) {
					if (!this._range.includes(record.key)) continue;
				}
				foundRecord = record;
				break;
			}
		} else if (this.direction === "prev") {
			const range = makeKeyRange(this._range, [], [key, this._position]);
			for (const record of records.values(range, "prev")) {
				const cmpResultKey = key !== void 0 ? cmpKeys(record.key, key) : void 0;
				const cmpResultPosition = this._position !== void 0 ? cmpKeys(record.key, this._position) : void 0;
				if (key !== void 0) {
					if (cmpResultKey === 1) continue;
				}
				if (primaryKey !== void 0) {
					if (cmpResultKey === 1) continue;
					const cmpResultPrimaryKey = cmpKeys(record.value, primaryKey);
					if (cmpResultKey === 0 && cmpResultPrimaryKey === 1) continue;
				}
				if (this._position !== void 0 && sourceIsObjectStore) {
					if (cmpResultPosition !== -1) continue;
				}
				if (this._position !== void 0 && !sourceIsObjectStore) {
					if (cmpResultPosition === 1) continue;
					if (cmpResultPosition === 0 && cmpKeys(record.value, this._objectStorePosition) !== -1) continue;
				}
				if (this._range !== void 0) {
					if (!this._range.includes(record.key)) continue;
				}
				foundRecord = record;
				break;
			}
		} else if (this.direction === "prevunique") {
			let tempRecord;
			const range = makeKeyRange(this._range, [], [key, this._position]);
			for (const record of records.values(range, "prev")) {
				if (key !== void 0) {
					if (cmpKeys(record.key, key) === 1) continue;
				}
				if (this._position !== void 0) {
					if (cmpKeys(record.key, this._position) !== -1) continue;
				}
				if (this._range !== void 0) {
					if (!this._range.includes(record.key)) continue;
				}
				tempRecord = record;
				break;
			}
			if (tempRecord) foundRecord = records.get(tempRecord.key);
		}
		let result;
		if (!foundRecord) {
			this._key = void 0;
			if (!sourceIsObjectStore) this._objectStorePosition = void 0;
			if (!this._keyOnly && this.toString() === "[object IDBCursorWithValue]") this.value = void 0;
			result = null;
		} else {
			this._position = foundRecord.key;
			if (!sourceIsObjectStore) this._objectStorePosition = foundRecord.value;
			this._key = foundRecord.key;
			if (sourceIsObjectStore) {
				this._primaryKey = structuredClone(foundRecord.key);
				if (!this._keyOnly && this.toString() === "[object IDBCursorWithValue]") this.value = structuredClone(foundRecord.value);
			} else {
				this._primaryKey = structuredClone(foundRecord.value);
				if (!this._keyOnly && this.toString() === "[object IDBCursorWithValue]") {
					if (this.source instanceof FDBObjectStore) throw new Error("This should never happen");
					const value = this.source.objectStore._rawObjectStore.getValue(foundRecord.value);
					this.value = structuredClone(value);
				}
			}
			this._gotValue = true;
			result = this;
		}
		return result;
	}
	update(value) {
		if (value === void 0) throw new TypeError();
		const effectiveObjectStore = getEffectiveObjectStore(this);
		const effectiveKey = Object.hasOwn(this.source, "_rawIndex") ? this.primaryKey : this._position;
		const transaction = effectiveObjectStore.transaction;
		if (transaction._state !== "active") throw new TransactionInactiveError();
		if (transaction.mode === "readonly") throw new ReadOnlyError();
		if (effectiveObjectStore._rawObjectStore.deleted) throw new InvalidStateError();
		if (!(this.source instanceof FDBObjectStore) && this.source._rawIndex.deleted) throw new InvalidStateError();
		if (!this._gotValue || !Object.hasOwn(this, "value")) throw new InvalidStateError();
		const clone = cloneValueForInsertion(value, transaction);
		if (effectiveObjectStore.keyPath !== null) {
			let tempKey;
			try {
				tempKey = extractKey(effectiveObjectStore.keyPath, clone).key;
			} catch (err) {}
			if (cmp(tempKey, effectiveKey) !== 0) throw new DataError();
		}
		const record = {
			key: effectiveKey,
			value: clone
		};
		return transaction._execRequestAsync({
			operation: effectiveObjectStore._rawObjectStore.storeRecord.bind(effectiveObjectStore._rawObjectStore, record, false, transaction._rollbackLog),
			source: this
		});
	}
	advance(count) {
		if (!Number.isInteger(count) || count <= 0) throw new TypeError();
		const effectiveObjectStore = getEffectiveObjectStore(this);
		const transaction = effectiveObjectStore.transaction;
		if (transaction._state !== "active") throw new TransactionInactiveError();
		if (effectiveObjectStore._rawObjectStore.deleted) throw new InvalidStateError();
		if (!(this.source instanceof FDBObjectStore) && this.source._rawIndex.deleted) throw new InvalidStateError();
		if (!this._gotValue) throw new InvalidStateError();
		if (this._request) this._request.readyState = "pending";
		transaction._execRequestAsync({
			operation: () => {
				let result;
				for (let i = 0; i < count; i++) {
					result = this._iterate();
					if (!result) break;
				}
				return result;
			},
			request: this._request,
			source: this.source
		});
		this._gotValue = false;
	}
	continue(key) {
		const effectiveObjectStore = getEffectiveObjectStore(this);
		const transaction = effectiveObjectStore.transaction;
		if (transaction._state !== "active") throw new TransactionInactiveError();
		if (effectiveObjectStore._rawObjectStore.deleted) throw new InvalidStateError();
		if (!(this.source instanceof FDBObjectStore) && this.source._rawIndex.deleted) throw new InvalidStateError();
		if (!this._gotValue) throw new InvalidStateError();
		if (key !== void 0) {
			key = valueToKey(key);
			const cmpResult = cmpKeys(key, this._position);
			if (cmpResult <= 0 && (this.direction === "next" || this.direction === "nextunique") || cmpResult >= 0 && (this.direction === "prev" || this.direction === "prevunique")) throw new DataError();
		}
		if (this._request) this._request.readyState = "pending";
		transaction._execRequestAsync({
			operation: this._iterate.bind(this, key),
			request: this._request,
			source: this.source
		});
		this._gotValue = false;
	}
	continuePrimaryKey(key, primaryKey) {
		const effectiveObjectStore = getEffectiveObjectStore(this);
		const transaction = effectiveObjectStore.transaction;
		if (transaction._state !== "active") throw new TransactionInactiveError();
		if (effectiveObjectStore._rawObjectStore.deleted) throw new InvalidStateError();
		if (!(this.source instanceof FDBObjectStore) && this.source._rawIndex.deleted) throw new InvalidStateError();
		if (this.source instanceof FDBObjectStore || this.direction !== "next" && this.direction !== "prev") throw new InvalidAccessError();
		if (!this._gotValue) throw new InvalidStateError();
		if (key === void 0 || primaryKey === void 0) throw new DataError();
		key = valueToKey(key);
		const cmpResult = cmpKeys(key, this._position);
		if (cmpResult === -1 && this.direction === "next" || cmpResult === 1 && this.direction === "prev") throw new DataError();
		primaryKey = valueToKey(primaryKey);
		const cmpResult2 = cmpKeys(primaryKey, this._objectStorePosition);
		if (cmpResult === 0) {
			if (cmpResult2 <= 0 && this.direction === "next" || cmpResult2 >= 0 && this.direction === "prev") throw new DataError();
		}
		if (this._request) this._request.readyState = "pending";
		transaction._execRequestAsync({
			operation: this._iterate.bind(this, key, primaryKey),
			request: this._request,
			source: this.source
		});
		this._gotValue = false;
	}
	delete() {
		const effectiveObjectStore = getEffectiveObjectStore(this);
		const effectiveKey = Object.hasOwn(this.source, "_rawIndex") ? this.primaryKey : this._position;
		const transaction = effectiveObjectStore.transaction;
		if (transaction._state !== "active") throw new TransactionInactiveError();
		if (transaction.mode === "readonly") throw new ReadOnlyError();
		if (effectiveObjectStore._rawObjectStore.deleted) throw new InvalidStateError();
		if (!(this.source instanceof FDBObjectStore) && this.source._rawIndex.deleted) throw new InvalidStateError();
		if (!this._gotValue || !Object.hasOwn(this, "value")) throw new InvalidStateError();
		return transaction._execRequestAsync({
			operation: effectiveObjectStore._rawObjectStore.deleteRecord.bind(effectiveObjectStore._rawObjectStore, effectiveKey, transaction._rollbackLog),
			source: this
		});
	}
	get [Symbol.toStringTag]() {
		return "IDBCursor";
	}
};
// node_modules/fake-indexeddb/build/esm/FDBCursorWithValue.js
var FDBCursorWithValue = class extends FDBCursor {
	value = void 0;
	constructor(source, range, direction, request) {
		super(source, range, direction, request);
	}
	get [Symbol.toStringTag]() {
		return "IDBCursorWithValue";
	}
};
// node_modules/fake-indexeddb/build/esm/lib/FakeEventTarget.js
var stopped = (event, listener) => {
	return event.immediatePropagationStopped || event.eventPhase === event.CAPTURING_PHASE && listener.capture === false || event.eventPhase === event.BUBBLING_PHASE && listener.capture === true;
};
var invokeEventListeners = (event, obj) => {
	event.currentTarget = obj;
	const errors = [];
	const invoke = (callbackOrObject) => {
		try {
			(typeof callbackOrObject === "function" ? callbackOrObject : callbackOrObject.handleEvent).call(event.currentTarget, event);
		} catch (err) {
			errors.push(err);
		}
	};
	for (const listener of obj.listeners.slice()) {
		if (event.type !== listener.type || stopped(event, listener)) continue;
		invoke(listener.callback);
	}
	const prop = {
		abort: "onabort",
		blocked: "onblocked",
		close: "onclose",
		complete: "oncomplete",
		error: "onerror",
		success: "onsuccess",
		upgradeneeded: "onupgradeneeded",
		versionchange: "onversionchange"
	}[event.type];
	if (prop === void 0) throw new Error(`Unknown event type: "${event.type}"`);
	const callback = event.currentTarget[prop];
	if (callback) {
		const listener = {
			callback,
			capture: false,
			type: event.type
		};
		if (!stopped(event, listener)) invoke(listener.callback);
	}
	if (errors.length) throw new AggregateError(errors);
};
var FakeEventTarget = class {
	listeners = [];
	addEventListener(type, callback, options) {
		const capture = !!(typeof options === "object" && options ? options.capture : options);
		this.listeners.push({
			callback,
			capture,
			type
		});
	}
	removeEventListener(type, callback, options) {
		const capture = !!(typeof options === "object" && options ? options.capture : options);
		const i = this.listeners.findIndex((listener) => {
			return listener.type === type && listener.callback === callback && listener.capture === capture;
		});
		this.listeners.splice(i, 1);
	}
	dispatchEvent(event) {
		if (event.dispatched || !event.initialized) throw new InvalidStateError("The object is in an invalid state.");
		event.isTrusted = false;
		event.dispatched = true;
		event.target = this;
		event.eventPhase = event.CAPTURING_PHASE;
		for (const obj of event.eventPath) if (!event.propagationStopped) invokeEventListeners(event, obj);
		event.eventPhase = event.AT_TARGET;
		if (!event.propagationStopped) invokeEventListeners(event, event.target);
		if (event.bubbles) {
			event.eventPath.reverse();
			event.eventPhase = event.BUBBLING_PHASE;
			for (const obj of event.eventPath) if (!event.propagationStopped) invokeEventListeners(event, obj);
		}
		event.dispatched = false;
		event.eventPhase = event.NONE;
		event.currentTarget = null;
		if (event.canceled) return false;
		return true;
	}
};
// node_modules/fake-indexeddb/build/esm/FDBRequest.js
var FDBRequest = class extends FakeEventTarget {
	_result = null;
	_error = null;
	source = null;
	transaction = null;
	readyState = "pending";
	onsuccess = null;
	onerror = null;
	get error() {
		if (this.readyState === "pending") throw new InvalidStateError();
		return this._error;
	}
	set error(value) {
		this._error = value;
	}
	get result() {
		if (this.readyState === "pending") throw new InvalidStateError();
		return this._result;
	}
	set result(value) {
		this._result = value;
	}
	get [Symbol.toStringTag]() {
		return "IDBRequest";
	}
};
// node_modules/fake-indexeddb/build/esm/lib/FakeDOMStringList.js
var FakeDOMStringList = class {
	constructor(...values) {
		this._values = values;
		for (let i = 0; i < values.length; i++) this[i] = values[i];
	}
	contains(value) {
		return this._values.includes(value);
	}
	item(i) {
		if (i < 0 || i >= this._values.length) return null;
		return this._values[i];
	}
	get length() {
		return this._values.length;
	}
	[Symbol.iterator]() {
		return this._values[Symbol.iterator]();
	}
	_push(...values) {
		for (let i = 0; i < values.length; i++) this[this._values.length + i] = values[i];
		this._values.push(...values);
	}
	_sort(...values) {
		this._values.sort(...values);
		for (let i = 0; i < this._values.length; i++) this[i] = this._values[i];
		return this;
	}
};
// node_modules/fake-indexeddb/build/esm/lib/valueToKeyRange.js
var valueToKeyRange = (value, nullDisallowedFlag = false) => {
	if (value instanceof FDBKeyRange) return value;
	if (value === null || value === void 0) {
		if (nullDisallowedFlag) throw new DataError();
		return new FDBKeyRange(void 0, void 0, false, false);
	}
	const key = valueToKey(value);
	return FDBKeyRange.only(key);
};
// node_modules/fake-indexeddb/build/esm/lib/getKeyPath.js
var convertKey = (key) => typeof key === "object" && key ? key + "" : key;
function getKeyPath(keyPath) {
	return Array.isArray(keyPath) ? keyPath.map(convertKey) : convertKey(keyPath);
}
// node_modules/fake-indexeddb/build/esm/lib/isPotentiallyValidKeyRange.js
var isPotentiallyValidKeyRange = (value) => {
	if (value instanceof FDBKeyRange) return true;
	return valueToKeyWithoutThrowing(value) !== INVALID_TYPE;
};
// node_modules/fake-indexeddb/build/esm/lib/enforceRange.js
var enforceRange = (num, type) => {
	if (isNaN(num) || num < 0 || num > (type === "unsigned long" ? 4294967295 : 9007199254740991)) throw new TypeError();
	if (num >= 0) return Math.floor(num);
};
// node_modules/fake-indexeddb/build/esm/lib/extractGetAllOptions.js
var extractGetAllOptions = (queryOrOptions, count, numArguments) => {
	let query;
	let direction;
	if (queryOrOptions === void 0 || queryOrOptions === null || isPotentiallyValidKeyRange(queryOrOptions)) {
		query = queryOrOptions;
		if (numArguments > 1 && count !== void 0) count = enforceRange(count, "unsigned long");
	} else {
		const getAllOptions = queryOrOptions;
		if (getAllOptions.query !== void 0) query = getAllOptions.query;
		if (getAllOptions.count !== void 0) count = enforceRange(getAllOptions.count, "unsigned long");
		if (getAllOptions.direction !== void 0) direction = getAllOptions.direction;
	}
	return {
		query,
		count,
		direction
	};
};
// node_modules/fake-indexeddb/build/esm/FDBIndex.js
var confirmActiveTransaction$1 = (index) => {
	if (index._rawIndex.deleted || index.objectStore._rawObjectStore.deleted) throw new InvalidStateError();
	if (index.objectStore.transaction._state !== "active") throw new TransactionInactiveError();
};
var FDBIndex = class {
	constructor(objectStore, rawIndex) {
		this._rawIndex = rawIndex;
		this._name = rawIndex.name;
		this.objectStore = objectStore;
		this.keyPath = getKeyPath(rawIndex.keyPath);
		this.multiEntry = rawIndex.multiEntry;
		this.unique = rawIndex.unique;
	}
	get name() {
		return this._name;
	}
	set name(name) {
		const transaction = this.objectStore.transaction;
		if (!transaction.db._runningVersionchangeTransaction) throw transaction._state === "active" ? new InvalidStateError() : new TransactionInactiveError();
		if (transaction._state !== "active") throw new TransactionInactiveError();
		if (this._rawIndex.deleted || this.objectStore._rawObjectStore.deleted) throw new InvalidStateError();
		name = String(name);
		if (name === this._name) return;
		if (this.objectStore.indexNames.contains(name)) throw new ConstraintError();
		const oldName = this._name;
		const oldIndexNames = [...this.objectStore.indexNames];
		this._name = name;
		this._rawIndex.name = name;
		this.objectStore._indexesCache.delete(oldName);
		this.objectStore._indexesCache.set(name, this);
		this.objectStore._rawObjectStore.rawIndexes.delete(oldName);
		this.objectStore._rawObjectStore.rawIndexes.set(name, this._rawIndex);
		this.objectStore.indexNames = new FakeDOMStringList(...Array.from(this.objectStore._rawObjectStore.rawIndexes.keys()).filter((indexName) => {
			const index = this.objectStore._rawObjectStore.rawIndexes.get(indexName);
			return index && !index.deleted;
		}).sort());
		if (!this.objectStore.transaction._createdIndexes.has(this._rawIndex)) transaction._rollbackLog.push(() => {
			this._name = oldName;
			this._rawIndex.name = oldName;
			this.objectStore._indexesCache.delete(name);
			this.objectStore._indexesCache.set(oldName, this);
			this.objectStore._rawObjectStore.rawIndexes.delete(name);
			this.objectStore._rawObjectStore.rawIndexes.set(oldName, this._rawIndex);
			this.objectStore.indexNames = new FakeDOMStringList(...oldIndexNames);
		});
	}
	openCursor(range, direction) {
		confirmActiveTransaction$1(this);
		if (range === null) range = void 0;
		if (range !== void 0 && !(range instanceof FDBKeyRange)) range = FDBKeyRange.only(valueToKey(range));
		const request = new FDBRequest();
		request.source = this;
		request.transaction = this.objectStore.transaction;
		const cursor = new FDBCursorWithValue(this, range, direction, request);
		return this.objectStore.transaction._execRequestAsync({
			operation: cursor._iterate.bind(cursor),
			request,
			source: this
		});
	}
	openKeyCursor(range, direction) {
		confirmActiveTransaction$1(this);
		if (range === null) range = void 0;
		if (range !== void 0 && !(range instanceof FDBKeyRange)) range = FDBKeyRange.only(valueToKey(range));
		const request = new FDBRequest();
		request.source = this;
		request.transaction = this.objectStore.transaction;
		const cursor = new FDBCursor(this, range, direction, request, true);
		return this.objectStore.transaction._execRequestAsync({
			operation: cursor._iterate.bind(cursor),
			request,
			source: this
		});
	}
	get(key) {
		confirmActiveTransaction$1(this);
		if (!(key instanceof FDBKeyRange)) key = valueToKey(key);
		return this.objectStore.transaction._execRequestAsync({
			operation: this._rawIndex.getValue.bind(this._rawIndex, key),
			source: this
		});
	}
	getAll(queryOrOptions, count) {
		const options = extractGetAllOptions(queryOrOptions, count, arguments.length);
		confirmActiveTransaction$1(this);
		const range = valueToKeyRange(options.query);
		return this.objectStore.transaction._execRequestAsync({
			operation: this._rawIndex.getAllValues.bind(this._rawIndex, range, options.count, options.direction),
			source: this
		});
	}
	getKey(key) {
		confirmActiveTransaction$1(this);
		if (!(key instanceof FDBKeyRange)) key = valueToKey(key);
		return this.objectStore.transaction._execRequestAsync({
			operation: this._rawIndex.getKey.bind(this._rawIndex, key),
			source: this
		});
	}
	getAllKeys(queryOrOptions, count) {
		const options = extractGetAllOptions(queryOrOptions, count, arguments.length);
		confirmActiveTransaction$1(this);
		const range = valueToKeyRange(options.query);
		return this.objectStore.transaction._execRequestAsync({
			operation: this._rawIndex.getAllKeys.bind(this._rawIndex, range, options.count, options.direction),
			source: this
		});
	}
	getAllRecords(options) {
		let query;
		let count;
		let direction;
		if (options !== void 0) {
			if (options.query !== void 0) query = options.query;
			if (options.count !== void 0) count = enforceRange(options.count, "unsigned long");
			if (options.direction !== void 0) direction = options.direction;
		}
		confirmActiveTransaction$1(this);
		const range = valueToKeyRange(query);
		return this.objectStore.transaction._execRequestAsync({
			operation: this._rawIndex.getAllRecords.bind(this._rawIndex, range, count, direction),
			source: this
		});
	}
	count(key) {
		confirmActiveTransaction$1(this);
		if (key === null) key = void 0;
		if (key !== void 0 && !(key instanceof FDBKeyRange)) key = FDBKeyRange.only(valueToKey(key));
		return this.objectStore.transaction._execRequestAsync({
			operation: () => {
				return this._rawIndex.count(key);
			},
			source: this
		});
	}
	get [Symbol.toStringTag]() {
		return "IDBIndex";
	}
};
// node_modules/fake-indexeddb/build/esm/lib/canInjectKey.js
var canInjectKey = (keyPath, value) => {
	if (Array.isArray(keyPath)) throw new Error("The key paths used in this section are always strings and never sequences, since it is not possible to create a object store which has a key generator and also has a key path that is a sequence.");
	const identifiers = keyPath.split(".");
	if (identifiers.length === 0) throw new Error("Assert: identifiers is not empty");
	identifiers.pop();
	for (const identifier of identifiers) {
		if (typeof value !== "object" && !Array.isArray(value)) return false;
		if (!Object.hasOwn(value, identifier)) return true;
		value = value[identifier];
	}
	return typeof value === "object" || Array.isArray(value);
};
// node_modules/fake-indexeddb/build/esm/FDBRecord.js
var FDBRecord = class {
	constructor(key, primaryKey, value) {
		this._key = key;
		this._primaryKey = primaryKey;
		this._value = value;
	}
	get key() {
		return this._key;
	}
	set key(_) {}
	get primaryKey() {
		return this._primaryKey;
	}
	set primaryKey(_) {}
	get value() {
		return this._value;
	}
	set value(_) {}
	get [Symbol.toStringTag]() {
		return "IDBRecord";
	}
};
// node_modules/fake-indexeddb/build/esm/lib/binarySearchTree.js
var MAX_TOMBSTONE_FACTOR = 2 / 3;
var EVERYTHING_KEY_RANGE = new FDBKeyRange(void 0, void 0, false, false);
/**
* Simple red-black binary tree with some aspects of a scapegoat tree. The main goal here is simplicity of
* implementation, tailored to the needs of IndexedDB.
*
* Basically this implements a [red-black tree][1] for insertions, but uses the much simpler [scapegoat tree][2]
* strategy for deletions. Deletions are a simple matter of rebuilding the tree from scratch if more than 2/3 of the
* tree is full of deleted (tombstone) markers.
*
* [1]: https://en.wikipedia.org/wiki/Red%E2%80%93black_tree
* [2]: https://en.wikipedia.org/wiki/Scapegoat_tree
*/
var BinarySearchTree = class {
	_numTombstones = 0;
	_numNodes = 0;
	/**
	*
	* @param keysAreUnique - whether keys can be unique, and thus whether we cn skip checking `record.value` when
	* comparing. This is basically used to distinguish ObjectStores (where the value is the entire object, not used
	* as a key) from non-unique Indexes (where both the key and the value are meaningful keys used for sorting)
	*/
	constructor(keysAreUnique) {
		this._keysAreUnique = !!keysAreUnique;
	}
	size() {
		return this._numNodes - this._numTombstones;
	}
	get(record) {
		return this._getByComparator(this._root, (otherRecord) => this._compare(record, otherRecord));
	}
	contains(record) {
		return !!this.get(record);
	}
	_compare(a, b) {
		const keyComparison = cmpKeys(a.key, b.key);
		if (keyComparison !== 0) return keyComparison;
		return this._keysAreUnique ? 0 : cmpKeys(a.value, b.value);
	}
	_getByComparator(node, comparator) {
		let current = node;
		while (current) {
			const comparison = comparator(current.record);
			if (comparison < 0) current = current.left;
			else if (comparison > 0) current = current.right;
			else return current.record;
		}
	}
	/**
	* Put a new record, and return the overwritten record if an overwrite occurred.
	* @param record
	* @param noOverwrite - throw a ConstraintError in case of overwrite
	*/
	put(record, noOverwrite = false) {
		if (!this._root) {
			this._root = {
				record,
				left: void 0,
				right: void 0,
				parent: void 0,
				deleted: false,
				red: false
			};
			this._numNodes++;
			return;
		}
		return this._put(this._root, record, noOverwrite);
	}
	_put(node, record, noOverwrite) {
		const comparison = this._compare(record, node.record);
		if (comparison < 0) {
			if (node.left) return this._put(node.left, record, noOverwrite);
			else {
				node.left = {
					record,
					left: void 0,
					right: void 0,
					parent: node,
					deleted: false,
					red: true
				};
				this._onNewNodeInserted(node.left);
			}
		} else if (comparison > 0) {
			if (node.right) return this._put(node.right, record, noOverwrite);
			else {
				node.right = {
					record,
					left: void 0,
					right: void 0,
					parent: node,
					deleted: false,
					red: true
				};
				this._onNewNodeInserted(node.right);
			}
		} else if (node.deleted) {
			node.deleted = false;
			node.record = record;
			this._numTombstones--;
		} else if (noOverwrite) throw new ConstraintError();
		else {
			const overwrittenRecord = node.record;
			node.record = record;
			return overwrittenRecord;
		}
	}
	delete(record) {
		if (!this._root) return;
		this._delete(this._root, record);
		if (this._numTombstones > this._numNodes * MAX_TOMBSTONE_FACTOR) {
			const records = [...this.getAllRecords()];
			this._root = this._rebuild(records, void 0, false);
			this._numNodes = records.length;
			this._numTombstones = 0;
		}
	}
	_delete(node, record) {
		if (!node) return;
		const comparison = this._compare(record, node.record);
		if (comparison < 0) this._delete(node.left, record);
		else if (comparison > 0) this._delete(node.right, record);
		else if (!node.deleted) {
			this._numTombstones++;
			node.deleted = true;
		}
	}
	*getAllRecords(descending = false) {
		yield* this.getRecords(EVERYTHING_KEY_RANGE, descending);
	}
	*getRecords(keyRange, descending = false) {
		yield* this._getRecordsForNode(this._root, keyRange, descending);
	}
	*_getRecordsForNode(node, keyRange, descending = false) {
		if (!node) return;
		yield* this._findRecords(node, keyRange, descending);
	}
	*_findRecords(node, keyRange, descending = false) {
		const { lower, upper, lowerOpen, upperOpen } = keyRange;
		const { record: { key } } = node;
		const lowerComparison = lower === void 0 ? -1 : cmpKeys(lower, key);
		const upperComparison = upper === void 0 ? 1 : cmpKeys(upper, key);
		const moreLeft = this._keysAreUnique ? lowerComparison < 0 : lowerComparison <= 0;
		const moreRight = this._keysAreUnique ? upperComparison > 0 : upperComparison >= 0;
		const moreStart = descending ? moreRight : moreLeft;
		const moreEnd = descending ? moreLeft : moreRight;
		const start = descending ? "right" : "left";
		const end = descending ? "left" : "right";
		const lowerMatches = lowerOpen ? lowerComparison < 0 : lowerComparison <= 0;
		const upperMatches = upperOpen ? upperComparison > 0 : upperComparison >= 0;
		if (moreStart && node[start]) yield* this._findRecords(node[start], keyRange, descending);
		if (lowerMatches && upperMatches && !node.deleted) yield node.record;
		if (moreEnd && node[end]) yield* this._findRecords(node[end], keyRange, descending);
	}
	_onNewNodeInserted(newNode) {
		this._numNodes++;
		this._rebalanceTree(newNode);
	}
	_rebalanceTree(node) {
		let parent = node.parent;
		do {
			if (!parent.red) return;
			const grandparent = parent.parent;
			if (!grandparent) {
				parent.red = false;
				return;
			}
			const parentIsRightChild = parent === grandparent.right;
			const uncle = parentIsRightChild ? grandparent.left : grandparent.right;
			if (!uncle || !uncle.red) {
				if (node === (parentIsRightChild ? parent.left : parent.right)) {
					this._rotateSubtree(parent, parentIsRightChild);
					node = parent;
					parent = parentIsRightChild ? grandparent.right : grandparent.left;
				}
				this._rotateSubtree(grandparent, !parentIsRightChild);
				parent.red = false;
				grandparent.red = true;
				return;
			}
			parent.red = false;
			uncle.red = false;
			grandparent.red = true;
			node = grandparent;
		} while (node.parent ? parent = node.parent : false);
	}
	_rotateSubtree(node, right) {
		const parent = node.parent;
		const newRoot = right ? node.left : node.right;
		const newChild = right ? newRoot.right : newRoot.left;
		node[right ? "left" : "right"] = newChild;
		if (newChild) newChild.parent = node;
		newRoot[right ? "right" : "left"] = node;
		newRoot.parent = parent;
		node.parent = newRoot;
		if (parent) parent[node === parent.right ? "right" : "left"] = newRoot;
		else this._root = newRoot;
		return newRoot;
	}
	_rebuild(records, parent, red, startIndex = 0, endIndex = records.length) {
		const length = endIndex - startIndex;
		if (length <= 0) return;
		const mid = startIndex + (length >>> 1);
		const node = {
			record: records[mid],
			left: void 0,
			right: void 0,
			parent,
			deleted: false,
			red
		};
		const left = this._rebuild(records, node, !red, startIndex, mid);
		const right = this._rebuild(records, node, !red, mid + 1, endIndex);
		node.left = left;
		node.right = right;
		return node;
	}
};
// node_modules/fake-indexeddb/build/esm/lib/RecordStore.js
var RecordStore = class {
	constructor(keysAreUnique) {
		this.keysAreUnique = keysAreUnique;
		this.records = new BinarySearchTree(this.keysAreUnique);
	}
	get(key) {
		const range = key instanceof FDBKeyRange ? key : FDBKeyRange.only(key);
		return this.records.getRecords(range).next().value;
	}
	/**
	* Put a new record, and return the overwritten record if an overwrite occurred.
	* @param newRecord
	* @param noOverwrite - throw a ConstraintError in case of overwrite
	*/
	put(newRecord, noOverwrite = false) {
		return this.records.put(newRecord, noOverwrite);
	}
	delete(key) {
		const range = key instanceof FDBKeyRange ? key : FDBKeyRange.only(key);
		const deletedRecords = [...this.records.getRecords(range)];
		for (const record of deletedRecords) this.records.delete(record);
		return deletedRecords;
	}
	/**
	* Delete the record with this key and this value, if there is one. Used by indexes, where the value is the primary
	* key of the object store record that the index record points to.
	*/
	deleteByKeyAndValue(key, value) {
		const record = this.records.get({
			key,
			value
		});
		if (record !== void 0 && cmpKeys(record.value, value) === 0) this.records.delete(record);
	}
	clear() {
		const deletedRecords = [...this.records.getAllRecords()];
		this.records = new BinarySearchTree(this.keysAreUnique);
		return deletedRecords;
	}
	values(range, direction = "next") {
		const descending = direction === "prev" || direction === "prevunique";
		const records = range ? this.records.getRecords(range, descending) : this.records.getAllRecords(descending);
		return { [Symbol.iterator]: () => {
			const next = () => {
				return records.next();
			};
			if (direction === "next" || direction === "prev") return { next };
			if (direction === "nextunique") {
				let previousValue = void 0;
				return { next: () => {
					let current = next();
					while (!current.done && previousValue !== void 0 && cmpKeys(previousValue.key, current.value.key) === 0) current = next();
					previousValue = current.value;
					return current;
				} };
			}
			let current = next();
			let nextResult = next();
			return { next: () => {
				while (!nextResult.done && cmpKeys(current.value.key, nextResult.value.key) === 0) {
					current = nextResult;
					nextResult = next();
				}
				const result = current;
				current = nextResult;
				nextResult = next();
				return result;
			} };
		} };
	}
	size() {
		return this.records.size();
	}
};
// node_modules/fake-indexeddb/build/esm/lib/Index.js
var Index = class {
	deleted = false;
	initialized = false;
	constructor(rawObjectStore, name, keyPath, multiEntry, unique) {
		this.rawObjectStore = rawObjectStore;
		this.name = name;
		this.keyPath = keyPath;
		this.multiEntry = multiEntry;
		this.unique = unique;
		this.records = new RecordStore(unique);
	}
	getKey(key) {
		const record = this.records.get(key);
		return record !== void 0 ? record.value : void 0;
	}
	getAllKeys(range, count, direction) {
		if (count === void 0 || count === 0) count = Infinity;
		const records = [];
		for (const record of this.records.values(range, direction)) {
			records.push(structuredClone(record.value));
			if (records.length >= count) break;
		}
		return records;
	}
	getValue(key) {
		const record = this.records.get(key);
		return record !== void 0 ? this.rawObjectStore.getValue(record.value) : void 0;
	}
	getAllValues(range, count, direction) {
		if (count === void 0 || count === 0) count = Infinity;
		const records = [];
		for (const record of this.records.values(range, direction)) {
			records.push(this.rawObjectStore.getValue(record.value));
			if (records.length >= count) break;
		}
		return records;
	}
	getAllRecords(range, count, direction) {
		if (count === void 0 || count === 0) count = Infinity;
		const records = [];
		for (const record of this.records.values(range, direction)) {
			records.push(new FDBRecord(structuredClone(record.key), structuredClone(this.rawObjectStore.getKey(record.value)), this.rawObjectStore.getValue(record.value)));
			if (records.length >= count) break;
		}
		return records;
	}
	getIndexKey(value) {
		let indexKey;
		try {
			indexKey = extractKey(this.keyPath, value).key;
		} catch (err) {
			if (err.name === "DataError") return;
			throw err;
		}
		if (!this.multiEntry || !Array.isArray(indexKey)) try {
			return valueToKey(indexKey);
		} catch (e) {
			return;
		}
		const keep = [];
		for (const part of indexKey) if (keep.indexOf(part) < 0) try {
			keep.push(valueToKey(part));
		} catch (err) {}
		return keep;
	}
	storeRecord(newRecord) {
		const indexKey = this.getIndexKey(newRecord.value);
		if (indexKey === void 0) return;
		if (!this.multiEntry || !Array.isArray(indexKey)) {
			if (this.unique) {
				if (this.records.get(indexKey)) throw new ConstraintError();
			}
			this.records.put({
				key: indexKey,
				value: newRecord.key
			});
		} else {
			if (this.unique) {
				for (const individualIndexKey of indexKey) if (this.records.get(individualIndexKey)) throw new ConstraintError();
			}
			for (const individualIndexKey of indexKey) this.records.put({
				key: individualIndexKey,
				value: newRecord.key
			});
		}
	}
	deleteRecord(record) {
		const indexKey = this.getIndexKey(record.value);
		if (indexKey === void 0) return;
		if (!this.multiEntry || !Array.isArray(indexKey)) this.records.deleteByKeyAndValue(indexKey, record.key);
		else for (const individualIndexKey of indexKey) this.records.deleteByKeyAndValue(individualIndexKey, record.key);
	}
	initialize(transaction) {
		if (this.initialized) throw new Error("Index already initialized");
		transaction._execRequestAsync({
			operation: () => {
				try {
					for (const record of this.rawObjectStore.records.values()) this.storeRecord(record);
					this.initialized = true;
				} catch (err) {
					transaction._abort(err.name);
				}
			},
			source: null
		});
	}
	count(range) {
		let count = 0;
		for (const record of this.records.values(range)) count += 1;
		return count;
	}
};
// node_modules/fake-indexeddb/build/esm/lib/validateKeyPath.js
var validateKeyPath = (keyPath, parent) => {
	if (keyPath !== void 0 && keyPath !== null && typeof keyPath !== "string" && keyPath.toString && (parent === "array" || !Array.isArray(keyPath))) keyPath = keyPath.toString();
	if (typeof keyPath === "string") {
		if (keyPath === "" && parent !== "string") return;
		try {
			if (keyPath.length >= 1 && /^(?:[$A-Z_a-z\xAA\xB5\xBA\xC0-\xD6\xD8-\xF6\xF8-\u02C1\u02C6-\u02D1\u02E0-\u02E4\u02EC\u02EE\u0370-\u0374\u0376\u0377\u037A-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u0559\u0561-\u0587\u05D0-\u05EA\u05F0-\u05F2\u0620-\u064A\u066E\u066F\u0671-\u06D3\u06D5\u06E5\u06E6\u06EE\u06EF\u06FA-\u06FC\u06FF\u0710\u0712-\u072F\u074D-\u07A5\u07B1\u07CA-\u07EA\u07F4\u07F5\u07FA\u0800-\u0815\u081A\u0824\u0828\u0840-\u0858\u08A0-\u08B2\u0904-\u0939\u093D\u0950\u0958-\u0961\u0971-\u0980\u0985-\u098C\u098F\u0990\u0993-\u09A8\u09AA-\u09B0\u09B2\u09B6-\u09B9\u09BD\u09CE\u09DC\u09DD\u09DF-\u09E1\u09F0\u09F1\u0A05-\u0A0A\u0A0F\u0A10\u0A13-\u0A28\u0A2A-\u0A30\u0A32\u0A33\u0A35\u0A36\u0A38\u0A39\u0A59-\u0A5C\u0A5E\u0A72-\u0A74\u0A85-\u0A8D\u0A8F-\u0A91\u0A93-\u0AA8\u0AAA-\u0AB0\u0AB2\u0AB3\u0AB5-\u0AB9\u0ABD\u0AD0\u0AE0\u0AE1\u0B05-\u0B0C\u0B0F\u0B10\u0B13-\u0B28\u0B2A-\u0B30\u0B32\u0B33\u0B35-\u0B39\u0B3D\u0B5C\u0B5D\u0B5F-\u0B61\u0B71\u0B83\u0B85-\u0B8A\u0B8E-\u0B90\u0B92-\u0B95\u0B99\u0B9A\u0B9C\u0B9E\u0B9F\u0BA3\u0BA4\u0BA8-\u0BAA\u0BAE-\u0BB9\u0BD0\u0C05-\u0C0C\u0C0E-\u0C10\u0C12-\u0C28\u0C2A-\u0C39\u0C3D\u0C58\u0C59\u0C60\u0C61\u0C85-\u0C8C\u0C8E-\u0C90\u0C92-\u0CA8\u0CAA-\u0CB3\u0CB5-\u0CB9\u0CBD\u0CDE\u0CE0\u0CE1\u0CF1\u0CF2\u0D05-\u0D0C\u0D0E-\u0D10\u0D12-\u0D3A\u0D3D\u0D4E\u0D60\u0D61\u0D7A-\u0D7F\u0D85-\u0D96\u0D9A-\u0DB1\u0DB3-\u0DBB\u0DBD\u0DC0-\u0DC6\u0E01-\u0E30\u0E32\u0E33\u0E40-\u0E46\u0E81\u0E82\u0E84\u0E87\u0E88\u0E8A\u0E8D\u0E94-\u0E97\u0E99-\u0E9F\u0EA1-\u0EA3\u0EA5\u0EA7\u0EAA\u0EAB\u0EAD-\u0EB0\u0EB2\u0EB3\u0EBD\u0EC0-\u0EC4\u0EC6\u0EDC-\u0EDF\u0F00\u0F40-\u0F47\u0F49-\u0F6C\u0F88-\u0F8C\u1000-\u102A\u103F\u1050-\u1055\u105A-\u105D\u1061\u1065\u1066\u106E-\u1070\u1075-\u1081\u108E\u10A0-\u10C5\u10C7\u10CD\u10D0-\u10FA\u10FC-\u1248\u124A-\u124D\u1250-\u1256\u1258\u125A-\u125D\u1260-\u1288\u128A-\u128D\u1290-\u12B0\u12B2-\u12B5\u12B8-\u12BE\u12C0\u12C2-\u12C5\u12C8-\u12D6\u12D8-\u1310\u1312-\u1315\u1318-\u135A\u1380-\u138F\u13A0-\u13F4\u1401-\u166C\u166F-\u167F\u1681-\u169A\u16A0-\u16EA\u16EE-\u16F8\u1700-\u170C\u170E-\u1711\u1720-\u1731\u1740-\u1751\u1760-\u176C\u176E-\u1770\u1780-\u17B3\u17D7\u17DC\u1820-\u1877\u1880-\u18A8\u18AA\u18B0-\u18F5\u1900-\u191E\u1950-\u196D\u1970-\u1974\u1980-\u19AB\u19C1-\u19C7\u1A00-\u1A16\u1A20-\u1A54\u1AA7\u1B05-\u1B33\u1B45-\u1B4B\u1B83-\u1BA0\u1BAE\u1BAF\u1BBA-\u1BE5\u1C00-\u1C23\u1C4D-\u1C4F\u1C5A-\u1C7D\u1CE9-\u1CEC\u1CEE-\u1CF1\u1CF5\u1CF6\u1D00-\u1DBF\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2071\u207F\u2090-\u209C\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2139\u213C-\u213F\u2145-\u2149\u214E\u2160-\u2188\u2C00-\u2C2E\u2C30-\u2C5E\u2C60-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\u2D00-\u2D25\u2D27\u2D2D\u2D30-\u2D67\u2D6F\u2D80-\u2D96\u2DA0-\u2DA6\u2DA8-\u2DAE\u2DB0-\u2DB6\u2DB8-\u2DBE\u2DC0-\u2DC6\u2DC8-\u2DCE\u2DD0-\u2DD6\u2DD8-\u2DDE\u2E2F\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303C\u3041-\u3096\u309D-\u309F\u30A1-\u30FA\u30FC-\u30FF\u3105-\u312D\u3131-\u318E\u31A0-\u31BA\u31F0-\u31FF\u3400-\u4DB5\u4E00-\u9FCC\uA000-\uA48C\uA4D0-\uA4FD\uA500-\uA60C\uA610-\uA61F\uA62A\uA62B\uA640-\uA66E\uA67F-\uA69D\uA6A0-\uA6EF\uA717-\uA71F\uA722-\uA788\uA78B-\uA78E\uA790-\uA7AD\uA7B0\uA7B1\uA7F7-\uA801\uA803-\uA805\uA807-\uA80A\uA80C-\uA822\uA840-\uA873\uA882-\uA8B3\uA8F2-\uA8F7\uA8FB\uA90A-\uA925\uA930-\uA946\uA960-\uA97C\uA984-\uA9B2\uA9CF\uA9E0-\uA9E4\uA9E6-\uA9EF\uA9FA-\uA9FE\uAA00-\uAA28\uAA40-\uAA42\uAA44-\uAA4B\uAA60-\uAA76\uAA7A\uAA7E-\uAAAF\uAAB1\uAAB5\uAAB6\uAAB9-\uAABD\uAAC0\uAAC2\uAADB-\uAADD\uAAE0-\uAAEA\uAAF2-\uAAF4\uAB01-\uAB06\uAB09-\uAB0E\uAB11-\uAB16\uAB20-\uAB26\uAB28-\uAB2E\uAB30-\uAB5A\uAB5C-\uAB5F\uAB64\uAB65\uABC0-\uABE2\uAC00-\uD7A3\uD7B0-\uD7C6\uD7CB-\uD7FB\uF900-\uFA6D\uFA70-\uFAD9\uFB00-\uFB06\uFB13-\uFB17\uFB1D\uFB1F-\uFB28\uFB2A-\uFB36\uFB38-\uFB3C\uFB3E\uFB40\uFB41\uFB43\uFB44\uFB46-\uFBB1\uFBD3-\uFD3D\uFD50-\uFD8F\uFD92-\uFDC7\uFDF0-\uFDFB\uFE70-\uFE74\uFE76-\uFEFC\uFF21-\uFF3A\uFF41-\uFF5A\uFF66-\uFFBE\uFFC2-\uFFC7\uFFCA-\uFFCF\uFFD2-\uFFD7\uFFDA-\uFFDC])(?:[$0-9A-Z_a-z\xAA\xB5\xBA\xC0-\xD6\xD8-\xF6\xF8-\u02C1\u02C6-\u02D1\u02E0-\u02E4\u02EC\u02EE\u0300-\u0374\u0376\u0377\u037A-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u0483-\u0487\u048A-\u052F\u0531-\u0556\u0559\u0561-\u0587\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u05D0-\u05EA\u05F0-\u05F2\u0610-\u061A\u0620-\u0669\u066E-\u06D3\u06D5-\u06DC\u06DF-\u06E8\u06EA-\u06FC\u06FF\u0710-\u074A\u074D-\u07B1\u07C0-\u07F5\u07FA\u0800-\u082D\u0840-\u085B\u08A0-\u08B2\u08E4-\u0963\u0966-\u096F\u0971-\u0983\u0985-\u098C\u098F\u0990\u0993-\u09A8\u09AA-\u09B0\u09B2\u09B6-\u09B9\u09BC-\u09C4\u09C7\u09C8\u09CB-\u09CE\u09D7\u09DC\u09DD\u09DF-\u09E3\u09E6-\u09F1\u0A01-\u0A03\u0A05-\u0A0A\u0A0F\u0A10\u0A13-\u0A28\u0A2A-\u0A30\u0A32\u0A33\u0A35\u0A36\u0A38\u0A39\u0A3C\u0A3E-\u0A42\u0A47\u0A48\u0A4B-\u0A4D\u0A51\u0A59-\u0A5C\u0A5E\u0A66-\u0A75\u0A81-\u0A83\u0A85-\u0A8D\u0A8F-\u0A91\u0A93-\u0AA8\u0AAA-\u0AB0\u0AB2\u0AB3\u0AB5-\u0AB9\u0ABC-\u0AC5\u0AC7-\u0AC9\u0ACB-\u0ACD\u0AD0\u0AE0-\u0AE3\u0AE6-\u0AEF\u0B01-\u0B03\u0B05-\u0B0C\u0B0F\u0B10\u0B13-\u0B28\u0B2A-\u0B30\u0B32\u0B33\u0B35-\u0B39\u0B3C-\u0B44\u0B47\u0B48\u0B4B-\u0B4D\u0B56\u0B57\u0B5C\u0B5D\u0B5F-\u0B63\u0B66-\u0B6F\u0B71\u0B82\u0B83\u0B85-\u0B8A\u0B8E-\u0B90\u0B92-\u0B95\u0B99\u0B9A\u0B9C\u0B9E\u0B9F\u0BA3\u0BA4\u0BA8-\u0BAA\u0BAE-\u0BB9\u0BBE-\u0BC2\u0BC6-\u0BC8\u0BCA-\u0BCD\u0BD0\u0BD7\u0BE6-\u0BEF\u0C00-\u0C03\u0C05-\u0C0C\u0C0E-\u0C10\u0C12-\u0C28\u0C2A-\u0C39\u0C3D-\u0C44\u0C46-\u0C48\u0C4A-\u0C4D\u0C55\u0C56\u0C58\u0C59\u0C60-\u0C63\u0C66-\u0C6F\u0C81-\u0C83\u0C85-\u0C8C\u0C8E-\u0C90\u0C92-\u0CA8\u0CAA-\u0CB3\u0CB5-\u0CB9\u0CBC-\u0CC4\u0CC6-\u0CC8\u0CCA-\u0CCD\u0CD5\u0CD6\u0CDE\u0CE0-\u0CE3\u0CE6-\u0CEF\u0CF1\u0CF2\u0D01-\u0D03\u0D05-\u0D0C\u0D0E-\u0D10\u0D12-\u0D3A\u0D3D-\u0D44\u0D46-\u0D48\u0D4A-\u0D4E\u0D57\u0D60-\u0D63\u0D66-\u0D6F\u0D7A-\u0D7F\u0D82\u0D83\u0D85-\u0D96\u0D9A-\u0DB1\u0DB3-\u0DBB\u0DBD\u0DC0-\u0DC6\u0DCA\u0DCF-\u0DD4\u0DD6\u0DD8-\u0DDF\u0DE6-\u0DEF\u0DF2\u0DF3\u0E01-\u0E3A\u0E40-\u0E4E\u0E50-\u0E59\u0E81\u0E82\u0E84\u0E87\u0E88\u0E8A\u0E8D\u0E94-\u0E97\u0E99-\u0E9F\u0EA1-\u0EA3\u0EA5\u0EA7\u0EAA\u0EAB\u0EAD-\u0EB9\u0EBB-\u0EBD\u0EC0-\u0EC4\u0EC6\u0EC8-\u0ECD\u0ED0-\u0ED9\u0EDC-\u0EDF\u0F00\u0F18\u0F19\u0F20-\u0F29\u0F35\u0F37\u0F39\u0F3E-\u0F47\u0F49-\u0F6C\u0F71-\u0F84\u0F86-\u0F97\u0F99-\u0FBC\u0FC6\u1000-\u1049\u1050-\u109D\u10A0-\u10C5\u10C7\u10CD\u10D0-\u10FA\u10FC-\u1248\u124A-\u124D\u1250-\u1256\u1258\u125A-\u125D\u1260-\u1288\u128A-\u128D\u1290-\u12B0\u12B2-\u12B5\u12B8-\u12BE\u12C0\u12C2-\u12C5\u12C8-\u12D6\u12D8-\u1310\u1312-\u1315\u1318-\u135A\u135D-\u135F\u1380-\u138F\u13A0-\u13F4\u1401-\u166C\u166F-\u167F\u1681-\u169A\u16A0-\u16EA\u16EE-\u16F8\u1700-\u170C\u170E-\u1714\u1720-\u1734\u1740-\u1753\u1760-\u176C\u176E-\u1770\u1772\u1773\u1780-\u17D3\u17D7\u17DC\u17DD\u17E0-\u17E9\u180B-\u180D\u1810-\u1819\u1820-\u1877\u1880-\u18AA\u18B0-\u18F5\u1900-\u191E\u1920-\u192B\u1930-\u193B\u1946-\u196D\u1970-\u1974\u1980-\u19AB\u19B0-\u19C9\u19D0-\u19D9\u1A00-\u1A1B\u1A20-\u1A5E\u1A60-\u1A7C\u1A7F-\u1A89\u1A90-\u1A99\u1AA7\u1AB0-\u1ABD\u1B00-\u1B4B\u1B50-\u1B59\u1B6B-\u1B73\u1B80-\u1BF3\u1C00-\u1C37\u1C40-\u1C49\u1C4D-\u1C7D\u1CD0-\u1CD2\u1CD4-\u1CF6\u1CF8\u1CF9\u1D00-\u1DF5\u1DFC-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u200C\u200D\u203F\u2040\u2054\u2071\u207F\u2090-\u209C\u20D0-\u20DC\u20E1\u20E5-\u20F0\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2139\u213C-\u213F\u2145-\u2149\u214E\u2160-\u2188\u2C00-\u2C2E\u2C30-\u2C5E\u2C60-\u2CE4\u2CEB-\u2CF3\u2D00-\u2D25\u2D27\u2D2D\u2D30-\u2D67\u2D6F\u2D7F-\u2D96\u2DA0-\u2DA6\u2DA8-\u2DAE\u2DB0-\u2DB6\u2DB8-\u2DBE\u2DC0-\u2DC6\u2DC8-\u2DCE\u2DD0-\u2DD6\u2DD8-\u2DDE\u2DE0-\u2DFF\u2E2F\u3005-\u3007\u3021-\u302F\u3031-\u3035\u3038-\u303C\u3041-\u3096\u3099\u309A\u309D-\u309F\u30A1-\u30FA\u30FC-\u30FF\u3105-\u312D\u3131-\u318E\u31A0-\u31BA\u31F0-\u31FF\u3400-\u4DB5\u4E00-\u9FCC\uA000-\uA48C\uA4D0-\uA4FD\uA500-\uA60C\uA610-\uA62B\uA640-\uA66F\uA674-\uA67D\uA67F-\uA69D\uA69F-\uA6F1\uA717-\uA71F\uA722-\uA788\uA78B-\uA78E\uA790-\uA7AD\uA7B0\uA7B1\uA7F7-\uA827\uA840-\uA873\uA880-\uA8C4\uA8D0-\uA8D9\uA8E0-\uA8F7\uA8FB\uA900-\uA92D\uA930-\uA953\uA960-\uA97C\uA980-\uA9C0\uA9CF-\uA9D9\uA9E0-\uA9FE\uAA00-\uAA36\uAA40-\uAA4D\uAA50-\uAA59\uAA60-\uAA76\uAA7A-\uAAC2\uAADB-\uAADD\uAAE0-\uAAEF\uAAF2-\uAAF6\uAB01-\uAB06\uAB09-\uAB0E\uAB11-\uAB16\uAB20-\uAB26\uAB28-\uAB2E\uAB30-\uAB5A\uAB5C-\uAB5F\uAB64\uAB65\uABC0-\uABEA\uABEC\uABED\uABF0-\uABF9\uAC00-\uD7A3\uD7B0-\uD7C6\uD7CB-\uD7FB\uF900-\uFA6D\uFA70-\uFAD9\uFB00-\uFB06\uFB13-\uFB17\uFB1D-\uFB28\uFB2A-\uFB36\uFB38-\uFB3C\uFB3E\uFB40\uFB41\uFB43\uFB44\uFB46-\uFBB1\uFBD3-\uFD3D\uFD50-\uFD8F\uFD92-\uFDC7\uFDF0-\uFDFB\uFE00-\uFE0F\uFE20-\uFE2D\uFE33\uFE34\uFE4D-\uFE4F\uFE70-\uFE74\uFE76-\uFEFC\uFF10-\uFF19\uFF21-\uFF3A\uFF3F\uFF41-\uFF5A\uFF66-\uFFBE\uFFC2-\uFFC7\uFFCA-\uFFCF\uFFD2-\uFFD7\uFFDA-\uFFDC])*$/.test(keyPath)) return;
		} catch (err) {
			throw new SyntaxError(err.message);
		}
		if (keyPath.indexOf(" ") >= 0) throw new SyntaxError("The keypath argument contains an invalid key path (no spaces allowed).");
	}
	if (Array.isArray(keyPath) && keyPath.length > 0) {
		if (parent) throw new SyntaxError("The keypath argument contains an invalid key path (nested arrays).");
		for (const part of keyPath) validateKeyPath(part, "array");
		return;
	} else if (typeof keyPath === "string" && keyPath.indexOf(".") >= 0) {
		keyPath = keyPath.split(".");
		for (const part of keyPath) validateKeyPath(part, "string");
		return;
	}
	throw new SyntaxError();
};
// node_modules/fake-indexeddb/build/esm/FDBObjectStore.js
var confirmActiveTransaction = (objectStore) => {
	if (objectStore._rawObjectStore.deleted) throw new InvalidStateError();
	if (objectStore.transaction._state !== "active") throw new TransactionInactiveError();
};
var buildRecordAddPut = (objectStore, value, key) => {
	confirmActiveTransaction(objectStore);
	if (objectStore.transaction.mode === "readonly") throw new ReadOnlyError();
	if (objectStore.keyPath !== null) {
		if (key !== void 0) throw new DataError();
	}
	const clone = cloneValueForInsertion(value, objectStore.transaction);
	if (objectStore.keyPath !== null) {
		const tempKey = extractKey(objectStore.keyPath, clone);
		if (tempKey.type === "found") valueToKey(tempKey.key);
		else if (!objectStore._rawObjectStore.keyGenerator) throw new DataError();
		else if (!canInjectKey(objectStore.keyPath, clone)) throw new DataError();
	}
	if (objectStore.keyPath === null && objectStore._rawObjectStore.keyGenerator === null && key === void 0) throw new DataError();
	if (key !== void 0) key = valueToKey(key);
	return {
		key,
		value: clone
	};
};
var FDBObjectStore = class {
	_indexesCache = /* @__PURE__ */ new Map();
	constructor(transaction, rawObjectStore) {
		this._rawObjectStore = rawObjectStore;
		this._name = rawObjectStore.name;
		this.keyPath = getKeyPath(rawObjectStore.keyPath);
		this.autoIncrement = rawObjectStore.autoIncrement;
		this.transaction = transaction;
		this.indexNames = new FakeDOMStringList(...Array.from(rawObjectStore.rawIndexes.keys()).sort());
	}
	get name() {
		return this._name;
	}
	set name(name) {
		const transaction = this.transaction;
		if (!transaction.db._runningVersionchangeTransaction) throw transaction._state === "active" ? new InvalidStateError() : new TransactionInactiveError();
		confirmActiveTransaction(this);
		name = String(name);
		if (name === this._name) return;
		if (this._rawObjectStore.rawDatabase.rawObjectStores.has(name)) throw new ConstraintError();
		const oldName = this._name;
		const oldObjectStoreNames = [...transaction.db.objectStoreNames];
		this._name = name;
		this._rawObjectStore.name = name;
		this.transaction._objectStoresCache.delete(oldName);
		this.transaction._objectStoresCache.set(name, this);
		this._rawObjectStore.rawDatabase.rawObjectStores.delete(oldName);
		this._rawObjectStore.rawDatabase.rawObjectStores.set(name, this._rawObjectStore);
		transaction.db.objectStoreNames = new FakeDOMStringList(...Array.from(this._rawObjectStore.rawDatabase.rawObjectStores.keys()).filter((objectStoreName) => {
			const objectStore = this._rawObjectStore.rawDatabase.rawObjectStores.get(objectStoreName);
			return objectStore && !objectStore.deleted;
		}).sort());
		const oldScope = new Set(transaction._scope);
		const oldTransactionObjectStoreNames = [...transaction.objectStoreNames];
		this.transaction._scope.delete(oldName);
		transaction._scope.add(name);
		transaction.objectStoreNames = new FakeDOMStringList(...Array.from(transaction._scope).sort());
		if (!this.transaction._createdObjectStores.has(this._rawObjectStore)) transaction._rollbackLog.push(() => {
			this._name = oldName;
			this._rawObjectStore.name = oldName;
			this.transaction._objectStoresCache.delete(name);
			this.transaction._objectStoresCache.set(oldName, this);
			this._rawObjectStore.rawDatabase.rawObjectStores.delete(name);
			this._rawObjectStore.rawDatabase.rawObjectStores.set(oldName, this._rawObjectStore);
			transaction.db.objectStoreNames = new FakeDOMStringList(...oldObjectStoreNames);
			transaction._scope = oldScope;
			transaction.objectStoreNames = new FakeDOMStringList(...oldTransactionObjectStoreNames);
		});
	}
	put(value, key) {
		if (arguments.length === 0) throw new TypeError();
		const record = buildRecordAddPut(this, value, key);
		return this.transaction._execRequestAsync({
			operation: this._rawObjectStore.storeRecord.bind(this._rawObjectStore, record, false, this.transaction._rollbackLog),
			source: this
		});
	}
	add(value, key) {
		if (arguments.length === 0) throw new TypeError();
		const record = buildRecordAddPut(this, value, key);
		return this.transaction._execRequestAsync({
			operation: this._rawObjectStore.storeRecord.bind(this._rawObjectStore, record, true, this.transaction._rollbackLog),
			source: this
		});
	}
	delete(key) {
		if (arguments.length === 0) throw new TypeError();
		confirmActiveTransaction(this);
		if (this.transaction.mode === "readonly") throw new ReadOnlyError();
		if (!(key instanceof FDBKeyRange)) key = valueToKey(key);
		return this.transaction._execRequestAsync({
			operation: this._rawObjectStore.deleteRecord.bind(this._rawObjectStore, key, this.transaction._rollbackLog),
			source: this
		});
	}
	get(key) {
		if (arguments.length === 0) throw new TypeError();
		confirmActiveTransaction(this);
		if (!(key instanceof FDBKeyRange)) key = valueToKey(key);
		return this.transaction._execRequestAsync({
			operation: this._rawObjectStore.getValue.bind(this._rawObjectStore, key),
			source: this
		});
	}
	getAll(queryOrOptions, count) {
		const options = extractGetAllOptions(queryOrOptions, count, arguments.length);
		confirmActiveTransaction(this);
		const range = valueToKeyRange(options.query);
		return this.transaction._execRequestAsync({
			operation: this._rawObjectStore.getAllValues.bind(this._rawObjectStore, range, options.count, options.direction),
			source: this
		});
	}
	getKey(key) {
		if (arguments.length === 0) throw new TypeError();
		confirmActiveTransaction(this);
		if (!(key instanceof FDBKeyRange)) key = valueToKey(key);
		return this.transaction._execRequestAsync({
			operation: this._rawObjectStore.getKey.bind(this._rawObjectStore, key),
			source: this
		});
	}
	getAllKeys(queryOrOptions, count) {
		const options = extractGetAllOptions(queryOrOptions, count, arguments.length);
		confirmActiveTransaction(this);
		const range = valueToKeyRange(options.query);
		return this.transaction._execRequestAsync({
			operation: this._rawObjectStore.getAllKeys.bind(this._rawObjectStore, range, options.count, options.direction),
			source: this
		});
	}
	getAllRecords(options) {
		let query;
		let count;
		let direction;
		if (options !== void 0) {
			if (options.query !== void 0) query = options.query;
			if (options.count !== void 0) count = enforceRange(options.count, "unsigned long");
			if (options.direction !== void 0) direction = options.direction;
		}
		confirmActiveTransaction(this);
		const range = valueToKeyRange(query);
		return this.transaction._execRequestAsync({
			operation: this._rawObjectStore.getAllRecords.bind(this._rawObjectStore, range, count, direction),
			source: this
		});
	}
	clear() {
		confirmActiveTransaction(this);
		if (this.transaction.mode === "readonly") throw new ReadOnlyError();
		return this.transaction._execRequestAsync({
			operation: this._rawObjectStore.clear.bind(this._rawObjectStore, this.transaction._rollbackLog),
			source: this
		});
	}
	openCursor(range, direction) {
		confirmActiveTransaction(this);
		if (range === null) range = void 0;
		if (range !== void 0 && !(range instanceof FDBKeyRange)) range = FDBKeyRange.only(valueToKey(range));
		const request = new FDBRequest();
		request.source = this;
		request.transaction = this.transaction;
		const cursor = new FDBCursorWithValue(this, range, direction, request);
		return this.transaction._execRequestAsync({
			operation: cursor._iterate.bind(cursor),
			request,
			source: this
		});
	}
	openKeyCursor(range, direction) {
		confirmActiveTransaction(this);
		if (range === null) range = void 0;
		if (range !== void 0 && !(range instanceof FDBKeyRange)) range = FDBKeyRange.only(valueToKey(range));
		const request = new FDBRequest();
		request.source = this;
		request.transaction = this.transaction;
		const cursor = new FDBCursor(this, range, direction, request, true);
		return this.transaction._execRequestAsync({
			operation: cursor._iterate.bind(cursor),
			request,
			source: this
		});
	}
	createIndex(name, keyPath, optionalParameters = {}) {
		if (arguments.length < 2) throw new TypeError();
		const multiEntry = optionalParameters.multiEntry !== void 0 ? optionalParameters.multiEntry : false;
		const unique = optionalParameters.unique !== void 0 ? optionalParameters.unique : false;
		if (this.transaction.mode !== "versionchange") throw new InvalidStateError();
		confirmActiveTransaction(this);
		if (this.indexNames.contains(name)) throw new ConstraintError();
		validateKeyPath(keyPath);
		if (Array.isArray(keyPath) && multiEntry) throw new InvalidAccessError();
		const indexNames = [...this.indexNames];
		const index = new Index(this._rawObjectStore, name, keyPath, multiEntry, unique);
		this.indexNames._push(name);
		this.indexNames._sort();
		this.transaction._createdIndexes.add(index);
		this._rawObjectStore.rawIndexes.set(name, index);
		index.initialize(this.transaction);
		this.transaction._rollbackLog.push(() => {
			index.deleted = true;
			this.indexNames = new FakeDOMStringList(...indexNames);
			this._rawObjectStore.rawIndexes.delete(index.name);
		});
		return new FDBIndex(this, index);
	}
	index(name) {
		if (arguments.length === 0) throw new TypeError();
		if (this._rawObjectStore.deleted || this.transaction._state === "finished") throw new InvalidStateError();
		const index = this._indexesCache.get(name);
		if (index !== void 0) return index;
		const rawIndex = this._rawObjectStore.rawIndexes.get(name);
		if (!this.indexNames.contains(name) || rawIndex === void 0) throw new NotFoundError();
		const index2 = new FDBIndex(this, rawIndex);
		this._indexesCache.set(name, index2);
		return index2;
	}
	deleteIndex(name) {
		if (arguments.length === 0) throw new TypeError();
		if (this.transaction.mode !== "versionchange") throw new InvalidStateError();
		confirmActiveTransaction(this);
		const rawIndex = this._rawObjectStore.rawIndexes.get(name);
		if (rawIndex === void 0) throw new NotFoundError();
		this.transaction._rollbackLog.push(() => {
			rawIndex.deleted = false;
			this._rawObjectStore.rawIndexes.set(rawIndex.name, rawIndex);
			this.indexNames._push(rawIndex.name);
			this.indexNames._sort();
		});
		this.indexNames = new FakeDOMStringList(...Array.from(this.indexNames).filter((indexName) => {
			return indexName !== name;
		}));
		rawIndex.deleted = true;
		this.transaction._execRequestAsync({
			operation: () => {
				const rawIndex2 = this._rawObjectStore.rawIndexes.get(name);
				if (rawIndex === rawIndex2) this._rawObjectStore.rawIndexes.delete(name);
			},
			source: this
		});
	}
	count(key) {
		confirmActiveTransaction(this);
		if (key === null) key = void 0;
		if (key !== void 0 && !(key instanceof FDBKeyRange)) key = FDBKeyRange.only(valueToKey(key));
		return this.transaction._execRequestAsync({
			operation: () => {
				return this._rawObjectStore.count(key);
			},
			source: this
		});
	}
	get [Symbol.toStringTag]() {
		return "IDBObjectStore";
	}
};
// node_modules/fake-indexeddb/build/esm/lib/FakeEvent.js
var Event = class {
	eventPath = [];
	NONE = 0;
	CAPTURING_PHASE = 1;
	AT_TARGET = 2;
	BUBBLING_PHASE = 3;
	propagationStopped = false;
	immediatePropagationStopped = false;
	canceled = false;
	initialized = true;
	dispatched = false;
	target = null;
	currentTarget = null;
	eventPhase = 0;
	defaultPrevented = false;
	isTrusted = false;
	timeStamp = Date.now();
	constructor(type, eventInitDict = {}) {
		this.type = type;
		this.bubbles = eventInitDict.bubbles !== void 0 ? eventInitDict.bubbles : false;
		this.cancelable = eventInitDict.cancelable !== void 0 ? eventInitDict.cancelable : false;
	}
	preventDefault() {
		if (this.cancelable) this.canceled = true;
	}
	stopPropagation() {
		this.propagationStopped = true;
	}
	stopImmediatePropagation() {
		this.propagationStopped = true;
		this.immediatePropagationStopped = true;
	}
};
// node_modules/fake-indexeddb/build/esm/lib/scheduling.js
function getSetImmediateFromJsdom() {
	if (typeof navigator !== "undefined" && /jsdom/.test(navigator.userAgent)) {
		const outerRealmFunctionConstructor = Node.constructor;
		return new outerRealmFunctionConstructor("return setImmediate")();
	} else return;
}
var schedulerPostTask = typeof scheduler !== "undefined" && ((fn) => scheduler.postTask(fn));
var doSetTimeout = (fn) => setTimeout(fn, 0);
var queueTask = (fn) => {
	(globalThis.setImmediate || getSetImmediateFromJsdom() || schedulerPostTask || doSetTimeout)(fn);
};
// node_modules/fake-indexeddb/build/esm/FDBTransaction.js
var prioritizedListenerTypes = [
	"error",
	"abort",
	"complete"
];
var FDBTransaction = class extends FakeEventTarget {
	_state = "active";
	_started = false;
	_rollbackLog = [];
	_objectStoresCache = /* @__PURE__ */ new Map();
	_openRequest = null;
	error = null;
	onabort = null;
	oncomplete = null;
	onerror = null;
	_prioritizedListeners = /* @__PURE__ */ new Map();
	_requests = [];
	_createdIndexes = /* @__PURE__ */ new Set();
	_createdObjectStores = /* @__PURE__ */ new Set();
	constructor(storeNames, mode, durability, db) {
		super();
		this._scope = new Set(storeNames);
		this.mode = mode;
		this.durability = durability;
		this.db = db;
		this.objectStoreNames = new FakeDOMStringList(...Array.from(this._scope).sort());
		for (const type of prioritizedListenerTypes) this.addEventListener(type, () => {
			this._prioritizedListeners.get(type)?.();
		});
	}
	_abort(errName) {
		for (const f of this._rollbackLog.reverse()) f();
		if (errName !== null) {
			const e = new DOMException(void 0, errName);
			this.error = e;
		}
		for (const { request } of this._requests) if (request.readyState !== "done") {
			request.readyState = "done";
			if (request.source) queueTask(() => {
				request.result = void 0;
				request.error = new AbortError();
				const event = new Event("error", {
					bubbles: true,
					cancelable: true
				});
				event.eventPath = [this.db, this];
				try {
					request.dispatchEvent(event);
				} catch (_err) {
					if (this._state === "active") this._abort("AbortError");
				}
			});
		}
		queueTask(() => {
			const isUpgradeTransaction = this.mode === "versionchange";
			if (isUpgradeTransaction) this.db._rawDatabase.connections = this.db._rawDatabase.connections.filter((connection) => !connection._rawDatabase.transactions.includes(this));
			const event = new Event("abort", {
				bubbles: true,
				cancelable: false
			});
			event.eventPath = [this.db];
			this.dispatchEvent(event);
			if (isUpgradeTransaction) {
				const request = this._openRequest;
				request.transaction = null;
				request.result = void 0;
			}
		});
		this._markFinished();
	}
	abort() {
		if (this._state === "committing" || this._state === "finished") throw new InvalidStateError();
		this._state = "active";
		this._abort(null);
	}
	objectStore(name) {
		if (this._state !== "active") throw new InvalidStateError();
		const objectStore = this._objectStoresCache.get(name);
		if (objectStore !== void 0) return objectStore;
		const rawObjectStore = this.db._rawDatabase.rawObjectStores.get(name);
		if (!this._scope.has(name) || rawObjectStore === void 0) throw new NotFoundError();
		const objectStore2 = new FDBObjectStore(this, rawObjectStore);
		this._objectStoresCache.set(name, objectStore2);
		return objectStore2;
	}
	_execRequestAsync(obj) {
		const source = obj.source;
		const operation = obj.operation;
		let request = Object.hasOwn(obj, "request") ? obj.request : null;
		if (this._state !== "active") throw new TransactionInactiveError();
		if (!request) {
			if (!source) request = new FDBRequest();
			else {
				request = new FDBRequest();
				request.source = source;
				request.transaction = source.transaction;
			}
		}
		this._requests.push({
			operation,
			request
		});
		return request;
	}
	_start() {
		this._started = true;
		let operation;
		let request;
		while (this._requests.length > 0) {
			const r = this._requests.shift();
			if (r && r.request.readyState !== "done") {
				request = r.request;
				operation = r.operation;
				break;
			}
		}
		if (request && operation) {
			if (!request.source) operation();
			else {
				let defaultAction;
				let event;
				try {
					const result = operation();
					request.readyState = "done";
					request.result = result;
					request.error = void 0;
					if (this._state === "inactive") this._state = "active";
					event = new Event("success", {
						bubbles: false,
						cancelable: false
					});
				} catch (err) {
					request.readyState = "done";
					request.result = void 0;
					request.error = err;
					if (this._state === "inactive") this._state = "active";
					event = new Event("error", {
						bubbles: true,
						cancelable: true
					});
					defaultAction = this._abort.bind(this, err.name);
				}
				try {
					event.eventPath = [this.db, this];
					request.dispatchEvent(event);
				} catch (_err) {
					if (this._state === "active") {
						this._abort("AbortError");
						defaultAction = void 0;
					}
				}
				if (!event.canceled) {
					if (defaultAction) defaultAction();
				}
			}
			queueTask(this._start.bind(this));
			return;
		}
		if (this._state !== "finished") {
			this._markFinished();
			if (!this.error) {
				const event = new Event("complete");
				this.dispatchEvent(event);
			}
		}
	}
	_markFinished() {
		this._state = "finished";
		queueTask(() => {
			const { transactions } = this.db._rawDatabase;
			const idx = transactions.indexOf(this);
			if (idx !== -1) transactions.splice(idx, 1);
		});
	}
	commit() {
		if (this._state !== "active") throw new InvalidStateError();
		this._state = "committing";
	}
	get [Symbol.toStringTag]() {
		return "IDBTransaction";
	}
};
// node_modules/fake-indexeddb/build/esm/lib/KeyGenerator.js
var MAX_KEY = 9007199254740992;
var KeyGenerator = class {
	num = 0;
	next() {
		if (this.num >= MAX_KEY) throw new ConstraintError();
		this.num += 1;
		return this.num;
	}
	setIfLarger(num) {
		const value = Math.floor(Math.min(num, MAX_KEY)) - 1;
		if (value >= this.num) this.num = value + 1;
	}
};
// node_modules/fake-indexeddb/build/esm/lib/ObjectStore.js
var ObjectStore = class {
	deleted = false;
	records = new RecordStore(true);
	rawIndexes = /* @__PURE__ */ new Map();
	constructor(rawDatabase, name, keyPath, autoIncrement) {
		this.rawDatabase = rawDatabase;
		this.keyGenerator = autoIncrement === true ? new KeyGenerator() : null;
		this.deleted = false;
		this.name = name;
		this.keyPath = keyPath;
		this.autoIncrement = autoIncrement;
	}
	getKey(key) {
		const record = this.records.get(key);
		return record !== void 0 ? structuredClone(record.key) : void 0;
	}
	getAllKeys(range, count, direction) {
		if (count === void 0 || count === 0) count = Infinity;
		const records = [];
		for (const record of this.records.values(range, direction)) {
			records.push(structuredClone(record.key));
			if (records.length >= count) break;
		}
		return records;
	}
	getValue(key) {
		const record = this.records.get(key);
		return record !== void 0 ? structuredClone(record.value) : void 0;
	}
	getAllValues(range, count, direction) {
		if (count === void 0 || count === 0) count = Infinity;
		const records = [];
		for (const record of this.records.values(range, direction)) {
			records.push(structuredClone(record.value));
			if (records.length >= count) break;
		}
		return records;
	}
	getAllRecords(range, count, direction) {
		if (count === void 0 || count === 0) count = Infinity;
		const records = [];
		for (const record of this.records.values(range, direction)) {
			records.push(new FDBRecord(structuredClone(record.key), structuredClone(record.key), structuredClone(record.value)));
			if (records.length >= count) break;
		}
		return records;
	}
	storeRecord(newRecord, noOverwrite, rollbackLog) {
		if (this.keyPath !== null) {
			const key = extractKey(this.keyPath, newRecord.value).key;
			if (key !== void 0) newRecord.key = valueToKey(key);
		}
		const rollbackLogForThisOperation = [];
		if (this.keyGenerator !== null && newRecord.key === void 0) {
			let rolledBack = false;
			const keyGeneratorBefore = this.keyGenerator.num;
			const rollbackKeyGenerator = () => {
				if (rolledBack) return;
				rolledBack = true;
				if (this.keyGenerator) this.keyGenerator.num = keyGeneratorBefore;
			};
			rollbackLogForThisOperation.push(rollbackKeyGenerator);
			if (rollbackLog) rollbackLog.push(rollbackKeyGenerator);
			newRecord.key = this.keyGenerator.next();
			if (this.keyPath !== null) {
				if (Array.isArray(this.keyPath)) throw new Error("Cannot have an array key path in an object store with a key generator");
				let remainingKeyPath = this.keyPath;
				let object = newRecord.value;
				let identifier;
				let i = 0;
				while (i >= 0) {
					if (typeof object !== "object") throw new DataError();
					i = remainingKeyPath.indexOf(".");
					if (i >= 0) {
						identifier = remainingKeyPath.slice(0, i);
						remainingKeyPath = remainingKeyPath.slice(i + 1);
						if (!Object.hasOwn(object, identifier)) Object.defineProperty(object, identifier, {
							configurable: true,
							enumerable: true,
							writable: true,
							value: {}
						});
						object = object[identifier];
					}
				}
				identifier = remainingKeyPath;
				Object.defineProperty(object, identifier, {
					configurable: true,
					enumerable: true,
					writable: true,
					value: newRecord.key
				});
			}
		} else if (this.keyGenerator !== null && typeof newRecord.key === "number") this.keyGenerator.setIfLarger(newRecord.key);
		const existingRecord = this.records.put(newRecord, noOverwrite);
		let rolledBack = false;
		const rollbackStoreRecord = () => {
			if (rolledBack) return;
			rolledBack = true;
			if (existingRecord) this.storeRecord(existingRecord, false);
			else this.deleteRecord(newRecord.key);
		};
		rollbackLogForThisOperation.push(rollbackStoreRecord);
		if (rollbackLog) rollbackLog.push(rollbackStoreRecord);
		if (existingRecord) for (const rawIndex of this.rawIndexes.values()) rawIndex.deleteRecord(existingRecord);
		try {
			for (const rawIndex of this.rawIndexes.values()) if (rawIndex.initialized) rawIndex.storeRecord(newRecord);
		} catch (err) {
			if (err.name === "ConstraintError") for (const rollback of rollbackLogForThisOperation) rollback();
			throw err;
		}
		return newRecord.key;
	}
	deleteRecord(key, rollbackLog) {
		const deletedRecords = this.records.delete(key);
		if (rollbackLog) for (const record of deletedRecords) rollbackLog.push(() => {
			this.storeRecord(record, true);
		});
		for (const rawIndex of this.rawIndexes.values()) for (const record of deletedRecords) rawIndex.deleteRecord(record);
	}
	clear(rollbackLog) {
		const deletedRecords = this.records.clear();
		if (rollbackLog) for (const record of deletedRecords) rollbackLog.push(() => {
			this.storeRecord(record, true);
		});
		for (const rawIndex of this.rawIndexes.values()) rawIndex.records.clear();
	}
	count(range) {
		if (range === void 0 || range.lower === void 0 && range.upper === void 0) return this.records.size();
		let count = 0;
		for (const record of this.records.values(range)) count += 1;
		return count;
	}
};
// node_modules/fake-indexeddb/build/esm/lib/closeConnection.js
var closeConnection = (connection, forced = false) => {
	connection._closePending = true;
	if (connection._rawDatabase.transactions.every((transaction) => {
		return transaction._state === "finished";
	})) {
		connection._closed = true;
		connection._rawDatabase.connections = connection._rawDatabase.connections.filter((otherConnection) => {
			return connection !== otherConnection;
		});
		if (forced) {
			const event = new Event("close", {
				bubbles: false,
				cancelable: false
			});
			event.eventPath = [];
			connection.dispatchEvent(event);
		}
	} else queueTask(() => {
		closeConnection(connection, forced);
	});
};
// node_modules/fake-indexeddb/build/esm/FDBDatabase.js
var confirmActiveVersionchangeTransaction = (database) => {
	let transaction;
	if (database._runningVersionchangeTransaction) transaction = database._rawDatabase.transactions.findLast((tx) => {
		return tx.mode === "versionchange";
	});
	if (!transaction) throw new InvalidStateError();
	if (transaction._state !== "active") throw new TransactionInactiveError();
	return transaction;
};
var FDBDatabase = class extends FakeEventTarget {
	_closePending = false;
	_closed = false;
	_runningVersionchangeTransaction = false;
	constructor(rawDatabase) {
		super();
		this._rawDatabase = rawDatabase;
		this._rawDatabase.connections.push(this);
		this.name = rawDatabase.name;
		this.version = rawDatabase.version;
		this.objectStoreNames = new FakeDOMStringList(...Array.from(rawDatabase.rawObjectStores.keys()).sort());
	}
	createObjectStore(name, options = {}) {
		if (name === void 0) throw new TypeError();
		const transaction = confirmActiveVersionchangeTransaction(this);
		const keyPath = options !== null && options.keyPath !== void 0 ? options.keyPath : null;
		const autoIncrement = options !== null && options.autoIncrement !== void 0 ? options.autoIncrement : false;
		if (keyPath !== null) validateKeyPath(keyPath);
		if (this._rawDatabase.rawObjectStores.has(name)) throw new ConstraintError();
		if (autoIncrement && (keyPath === "" || Array.isArray(keyPath))) throw new InvalidAccessError();
		const objectStoreNames = [...this.objectStoreNames];
		const transactionObjectStoreNames = [...transaction.objectStoreNames];
		const rawObjectStore = new ObjectStore(this._rawDatabase, name, keyPath, autoIncrement);
		this.objectStoreNames._push(name);
		this.objectStoreNames._sort();
		transaction._scope.add(name);
		transaction._createdObjectStores.add(rawObjectStore);
		this._rawDatabase.rawObjectStores.set(name, rawObjectStore);
		transaction.objectStoreNames = new FakeDOMStringList(...this.objectStoreNames);
		transaction._rollbackLog.push(() => {
			rawObjectStore.deleted = true;
			this.objectStoreNames = new FakeDOMStringList(...objectStoreNames);
			transaction.objectStoreNames = new FakeDOMStringList(...transactionObjectStoreNames);
			transaction._scope.delete(rawObjectStore.name);
			this._rawDatabase.rawObjectStores.delete(rawObjectStore.name);
		});
		return transaction.objectStore(name);
	}
	deleteObjectStore(name) {
		if (name === void 0) throw new TypeError();
		const transaction = confirmActiveVersionchangeTransaction(this);
		const store = this._rawDatabase.rawObjectStores.get(name);
		if (store === void 0) throw new NotFoundError();
		this.objectStoreNames = new FakeDOMStringList(...Array.from(this.objectStoreNames).filter((objectStoreName) => {
			return objectStoreName !== name;
		}));
		transaction.objectStoreNames = new FakeDOMStringList(...this.objectStoreNames);
		const objectStore = transaction._objectStoresCache.get(name);
		let prevIndexNames;
		if (objectStore) {
			prevIndexNames = [...objectStore.indexNames];
			objectStore.indexNames = new FakeDOMStringList();
		}
		transaction._rollbackLog.push(() => {
			store.deleted = false;
			this._rawDatabase.rawObjectStores.set(store.name, store);
			this.objectStoreNames._push(store.name);
			transaction.objectStoreNames._push(store.name);
			this.objectStoreNames._sort();
			if (objectStore && prevIndexNames) objectStore.indexNames = new FakeDOMStringList(...prevIndexNames);
		});
		store.deleted = true;
		this._rawDatabase.rawObjectStores.delete(name);
		transaction._objectStoresCache.delete(name);
	}
	transaction(storeNames, mode, options) {
		mode = mode !== void 0 ? mode : "readonly";
		if (mode !== "readonly" && mode !== "readwrite" && mode !== "versionchange") throw new TypeError("Invalid mode: " + mode);
		if (this._rawDatabase.transactions.some((transaction) => {
			return transaction._state === "active" && transaction.mode === "versionchange" && transaction.db === this;
		})) throw new InvalidStateError();
		if (this._closePending) throw new InvalidStateError();
		if (!Array.isArray(storeNames)) storeNames = [storeNames];
		if (storeNames.length === 0 && mode !== "versionchange") throw new InvalidAccessError();
		for (const storeName of storeNames) if (!this.objectStoreNames.contains(storeName)) throw new NotFoundError("No objectStore named " + storeName + " in this database");
		const durability = options?.durability ?? "default";
		if (durability !== "default" && durability !== "strict" && durability !== "relaxed") throw new TypeError(`'${durability}' (value of 'durability' member of IDBTransactionOptions) is not a valid value for enumeration IDBTransactionDurability`);
		const tx = new FDBTransaction(storeNames, mode, durability, this);
		this._rawDatabase.transactions.push(tx);
		this._rawDatabase.processTransactions();
		return tx;
	}
	close() {
		closeConnection(this);
	}
	get [Symbol.toStringTag]() {
		return "IDBDatabase";
	}
};
// node_modules/fake-indexeddb/build/esm/FDBOpenDBRequest.js
var FDBOpenDBRequest = class extends FDBRequest {
	onupgradeneeded = null;
	onblocked = null;
	get [Symbol.toStringTag]() {
		return "IDBOpenDBRequest";
	}
};
// node_modules/fake-indexeddb/build/esm/FDBVersionChangeEvent.js
var FDBVersionChangeEvent = class extends Event {
	constructor(type, parameters = {}) {
		super(type);
		this.newVersion = parameters.newVersion !== void 0 ? parameters.newVersion : null;
		this.oldVersion = parameters.oldVersion !== void 0 ? parameters.oldVersion : 0;
	}
	get [Symbol.toStringTag]() {
		return "IDBVersionChangeEvent";
	}
};
// node_modules/fake-indexeddb/build/esm/lib/intersection.js
/**
* Minimal polyfill of `Set.prototype.intersection`, available in Node 22+.
* @see https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/Set/intersection
* @param set1
* @param set2
*/
function intersection(set1, set2) {
	if ("intersection" in set1) return set1.intersection(set2);
	return new Set([...set1].filter((item) => set2.has(item)));
}
// node_modules/fake-indexeddb/build/esm/lib/Database.js
var Database$1 = class {
	transactions = [];
	rawObjectStores = /* @__PURE__ */ new Map();
	connections = [];
	constructor(name, version) {
		this.name = name;
		this.version = version;
		this.processTransactions = this.processTransactions.bind(this);
	}
	processTransactions() {
		queueTask(() => {
			const running = this.transactions.filter((transaction) => transaction._started && transaction._state !== "finished");
			const waiting = this.transactions.filter((transaction) => !transaction._started && transaction._state !== "finished");
			const next = waiting.find((transaction, i) => {
				if (running.some((other) => !(transaction.mode === "readonly" && other.mode === "readonly") && intersection(other._scope, transaction._scope).size > 0)) return false;
				return !waiting.slice(0, i).some((other) => intersection(other._scope, transaction._scope).size > 0);
			});
			if (next) {
				next.addEventListener("complete", this.processTransactions);
				next.addEventListener("abort", this.processTransactions);
				next._start();
			}
		});
	}
};
// node_modules/fake-indexeddb/build/esm/lib/validateRequiredArguments.js
function validateRequiredArguments(numArguments, expectedNumArguments, methodName) {
	if (numArguments < expectedNumArguments) throw new TypeError(`${methodName}: At least ${expectedNumArguments} ${expectedNumArguments === 1 ? "argument" : "arguments"} required, but only ${arguments.length} passed`);
}
// node_modules/fake-indexeddb/build/esm/FDBFactory.js
var runTaskInConnectionQueue = (connectionQueues, name, task) => {
	const queue = connectionQueues.get(name) ?? Promise.resolve();
	connectionQueues.set(name, queue.then(task));
};
var waitForOthersClosedDelete = (databases, name, openDatabases, cb) => {
	if (openDatabases.some((openDatabase2) => {
		return !openDatabase2._closed && !openDatabase2._closePending;
	})) {
		queueTask(() => waitForOthersClosedDelete(databases, name, openDatabases, cb));
		return;
	}
	databases.delete(name);
	cb(null);
};
var deleteDatabase = (databases, connectionQueues, name, request, cb) => {
	const deleteDBTask = () => {
		return new Promise((resolve) => {
			const db = databases.get(name);
			const oldVersion = db !== void 0 ? db.version : 0;
			const onComplete = (err) => {
				try {
					if (err) cb(err);
					else cb(null, oldVersion);
				} finally {
					resolve();
				}
			};
			try {
				const db = databases.get(name);
				if (db === void 0) {
					onComplete(null);
					return;
				}
				const openConnections = db.connections.filter((connection) => {
					return !connection._closed;
				});
				for (const openDatabase2 of openConnections) if (!openDatabase2._closePending) queueTask(() => {
					const event = new FDBVersionChangeEvent("versionchange", {
						newVersion: null,
						oldVersion: db.version
					});
					openDatabase2.dispatchEvent(event);
				});
				queueTask(() => {
					if (openConnections.some((openDatabase3) => {
						return !openDatabase3._closed && !openDatabase3._closePending;
					})) queueTask(() => {
						const event = new FDBVersionChangeEvent("blocked", {
							newVersion: null,
							oldVersion: db.version
						});
						request.dispatchEvent(event);
					});
					waitForOthersClosedDelete(databases, name, openConnections, onComplete);
				});
			} catch (err) {
				onComplete(err);
			}
		});
	};
	runTaskInConnectionQueue(connectionQueues, name, deleteDBTask);
};
var runVersionchangeTransaction = (connection, version, request, cb) => {
	connection._runningVersionchangeTransaction = true;
	const oldVersion = connection._oldVersion = connection.version;
	const openConnections = connection._rawDatabase.connections.filter((otherDatabase) => {
		return connection !== otherDatabase;
	});
	for (const openDatabase2 of openConnections) if (!openDatabase2._closed && !openDatabase2._closePending) queueTask(() => {
		const event = new FDBVersionChangeEvent("versionchange", {
			newVersion: version,
			oldVersion
		});
		openDatabase2.dispatchEvent(event);
	});
	queueTask(() => {
		if (openConnections.some((openDatabase3) => {
			return !openDatabase3._closed && !openDatabase3._closePending;
		})) queueTask(() => {
			const event = new FDBVersionChangeEvent("blocked", {
				newVersion: version,
				oldVersion
			});
			request.dispatchEvent(event);
		});
		const waitForOthersClosed = () => {
			if (openConnections.some((openDatabase2) => {
				return !openDatabase2._closed && !openDatabase2._closePending;
			})) {
				queueTask(waitForOthersClosed);
				return;
			}
			connection._rawDatabase.version = version;
			connection.version = version;
			const transaction = connection.transaction(Array.from(connection.objectStoreNames), "versionchange");
			transaction._openRequest = request;
			request.result = connection;
			request.readyState = "done";
			request.transaction = transaction;
			transaction._rollbackLog.push(() => {
				connection._rawDatabase.version = oldVersion;
				connection.version = oldVersion;
			});
			transaction._state = "active";
			const event = new FDBVersionChangeEvent("upgradeneeded", {
				newVersion: version,
				oldVersion
			});
			let didThrow = false;
			try {
				request.dispatchEvent(event);
			} catch (_err) {
				didThrow = true;
			}
			const concludeUpgrade = () => {
				if (transaction._state === "active") {
					transaction._state = "inactive";
					if (didThrow) transaction._abort("AbortError");
				}
			};
			if (didThrow) concludeUpgrade();
			else queueTask(concludeUpgrade);
			transaction._prioritizedListeners.set("error", () => {
				connection._runningVersionchangeTransaction = false;
				connection._oldVersion = void 0;
			});
			transaction._prioritizedListeners.set("abort", () => {
				connection._runningVersionchangeTransaction = false;
				connection._oldVersion = void 0;
				queueTask(() => {
					request.transaction = null;
					cb(new AbortError());
				});
			});
			transaction._prioritizedListeners.set("complete", () => {
				connection._runningVersionchangeTransaction = false;
				connection._oldVersion = void 0;
				queueTask(() => {
					request.transaction = null;
					if (connection._closePending) cb(new AbortError());
					else cb(null);
				});
			});
		};
		waitForOthersClosed();
	});
};
var openDatabase = (databases, connectionQueues, name, version, request, cb) => {
	const openDBTask = () => {
		return new Promise((resolve) => {
			const onComplete = (err) => {
				try {
					if (err) cb(err);
					else cb(null, connection);
				} finally {
					resolve();
				}
			};
			let db = databases.get(name);
			if (db === void 0) {
				db = new Database$1(name, 0);
				databases.set(name, db);
			}
			if (version === void 0) version = db.version !== 0 ? db.version : 1;
			if (db.version > version) return onComplete(new VersionError());
			const connection = new FDBDatabase(db);
			if (db.version < version) runVersionchangeTransaction(connection, version, request, (err) => {
				onComplete(err);
			});
			else onComplete(null);
		});
	};
	runTaskInConnectionQueue(connectionQueues, name, openDBTask);
};
var FDBFactory = class {
	_databases = /* @__PURE__ */ new Map();
	_connectionQueues = /* @__PURE__ */ new Map();
	cmp(first, second) {
		validateRequiredArguments(arguments.length, 2, "IDBFactory.cmp");
		return cmp(first, second);
	}
	deleteDatabase(name) {
		validateRequiredArguments(arguments.length, 1, "IDBFactory.deleteDatabase");
		const request = new FDBOpenDBRequest();
		request.source = null;
		queueTask(() => {
			deleteDatabase(this._databases, this._connectionQueues, name, request, (err, oldVersion) => {
				if (err) {
					request.error = new DOMException(err.message, err.name);
					request.readyState = "done";
					const event = new Event("error", {
						bubbles: true,
						cancelable: true
					});
					event.eventPath = [];
					request.dispatchEvent(event);
					return;
				}
				request.result = void 0;
				request.readyState = "done";
				const event2 = new FDBVersionChangeEvent("success", {
					newVersion: null,
					oldVersion
				});
				request.dispatchEvent(event2);
			});
		});
		return request;
	}
	open(name, version) {
		validateRequiredArguments(arguments.length, 1, "IDBFactory.open");
		if (arguments.length > 1 && version !== void 0) version = enforceRange(version, "MAX_SAFE_INTEGER");
		if (version === 0) throw new TypeError("Database version cannot be 0");
		const request = new FDBOpenDBRequest();
		request.source = null;
		queueTask(() => {
			openDatabase(this._databases, this._connectionQueues, name, version, request, (err, connection) => {
				if (err) {
					request.result = void 0;
					request.readyState = "done";
					request.error = new DOMException(err.message, err.name);
					const event = new Event("error", {
						bubbles: true,
						cancelable: true
					});
					event.eventPath = [];
					request.dispatchEvent(event);
					return;
				}
				request.result = connection;
				request.readyState = "done";
				const event2 = new Event("success");
				event2.eventPath = [];
				request.dispatchEvent(event2);
			});
		});
		return request;
	}
	databases() {
		return Promise.resolve(Array.from(this._databases.entries(), ([name, database]) => {
			const activeVersionChangeConnection = database.connections.find((connection) => connection._runningVersionchangeTransaction);
			return {
				name,
				version: activeVersionChangeConnection ? activeVersionChangeConnection._oldVersion : database.version
			};
		}).filter(({ version }) => {
			return version > 0;
		}));
	}
	get [Symbol.toStringTag]() {
		return "IDBFactory";
	}
};
// node_modules/fake-indexeddb/build/esm/fakeIndexedDB.js
var fakeIndexedDB = new FDBFactory();
// node_modules/fake-indexeddb/auto/index.mjs
var globalVar = typeof window !== "undefined" ? window : typeof WorkerGlobalScope !== "undefined" ? self : typeof global !== "undefined" ? global : Function("return this;")();
var createPropertyDescriptor = (value) => {
	return {
		value,
		enumerable: false,
		configurable: true,
		writable: true
	};
};
Object.defineProperties(globalVar, {
	indexedDB: createPropertyDescriptor(fakeIndexedDB),
	IDBCursor: createPropertyDescriptor(FDBCursor),
	IDBCursorWithValue: createPropertyDescriptor(FDBCursorWithValue),
	IDBDatabase: createPropertyDescriptor(FDBDatabase),
	IDBFactory: createPropertyDescriptor(FDBFactory),
	IDBIndex: createPropertyDescriptor(FDBIndex),
	IDBKeyRange: createPropertyDescriptor(FDBKeyRange),
	IDBObjectStore: createPropertyDescriptor(FDBObjectStore),
	IDBOpenDBRequest: createPropertyDescriptor(FDBOpenDBRequest),
	IDBRecord: createPropertyDescriptor(FDBRecord),
	IDBRequest: createPropertyDescriptor(FDBRequest),
	IDBTransaction: createPropertyDescriptor(FDBTransaction),
	IDBVersionChangeEvent: createPropertyDescriptor(FDBVersionChangeEvent)
});
// simulation/bridge.ts
/**
* Questions to the root. Owns the two pipes and the fingerprint of everything that went through them. Asking blocks: for the phones the root
* takes no time, and a world's order is its seed's alone.
*/
var NOTHING = /* @__PURE__ */ new Uint8Array(0);
var Bridge = class {
	input;
	output;
	seen = createHash("sha256");
	constructor(input = 0, output = 1) {
		this.input = input;
		this.output = output;
	}
	ask(question, body = NOTHING) {
		const asked = Buffer.from(JSON.stringify(question));
		this.note(asked, body);
		this.send(asked, body);
		const [header, answer] = this.receive();
		this.note(header, answer);
		const told = JSON.parse(header.toString());
		if (told.failed !== void 0) throw new Error(`the root's side failed at ${question.op}: ${told.failed}`);
		return {
			header: told,
			body: answer
		};
	}
	/** Tells and waits until it was heard; not part of the fingerprint. */
	tell(told) {
		this.send(Buffer.from(JSON.stringify(told)), NOTHING);
		this.receive();
	}
	/** The last word: nobody answers. */
	end() {
		this.send(Buffer.from(JSON.stringify({ op: "end" })), NOTHING);
	}
	note(...parts) {
		for (const part of parts) this.seen.update(part);
	}
	/** Of everything since the last one. */
	fingerprint() {
		const found = this.seen.digest("hex").slice(0, 32);
		this.seen = createHash("sha256");
		return found;
	}
	send(header, body) {
		const lengths = Buffer.alloc(8);
		lengths.writeUInt32LE(header.length, 0);
		lengths.writeUInt32LE(body.length, 4);
		const bytes = Buffer.concat([
			lengths,
			header,
			body
		]);
		for (let at = 0; at < bytes.length;) at += writeSync(this.output, bytes, at);
	}
	receive() {
		const lengths = this.exactly(8);
		return [this.exactly(lengths.readUInt32LE(0)), this.exactly(lengths.readUInt32LE(4))];
	}
	exactly(count) {
		const bytes = Buffer.alloc(count);
		for (let at = 0; at < count;) {
			const read = readSync(this.input, bytes, at, count - at, null);
			if (read === 0) throw new Error("the root went away");
			at += read;
		}
		return bytes;
	}
};
// simulation/extent.ts
var SMALL = {
	steps: 140,
	stepMs: 600,
	phonesMax: 9,
	phones: [
		"teacher-a",
		"teacher-a",
		"teacher-b",
		"mentor-a",
		"mentor-b",
		"stranger"
	],
	rebuild: true
};
/** So many phones through so many days, each doing something several times a day. */
function rehearsal(phones, days) {
	const steps = Math.max(200, phones * days * 3);
	return {
		steps,
		stepMs: Math.max(600, Math.round(2 * (days * 864e5 / steps - 1728e3))),
		phonesMax: phones + 6,
		phones: void 0,
		rebuild: false
	};
}
// src/domain/bytes.ts
/** Lone surrogates become U+FFFD. */
function utf8(text) {
	return new TextEncoder().encode(text);
}
function toBase64url(bytes) {
	const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
	return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
/** Throws a RangeError when a character is not of the alphabet; padding is not accepted. */
function fromBase64url(text) {
	if (!/^[\w-]*$/.test(text)) throw new RangeError("not base64url");
	return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
}
function join(...parts) {
	const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		out.set(part, at);
		at += part.length;
	}
	return out;
}
function u32be(value) {
	return new Uint8Array([
		value >>> 24,
		value >>> 16 & 255,
		value >>> 8 & 255,
		value & 255
	]);
}
function u32le(value) {
	return u32be(value).reverse();
}
// src/domain/shuffle.ts
/** The order of choices, decided by the attempt's id: the same after every reload. Pure; splitmix32 over the bytes of the id. */
/** 0 <= x < 1, always the same sequence for the same seed. */
function randomFrom(seed) {
	let state = utf8(seed).reduce((sum, byte) => Math.imul(sum, 31) + byte | 0, 2654435769);
	return () => {
		state = state + 2654435769 | 0;
		let mixed = state ^ state >>> 16;
		mixed = Math.imul(mixed, 569420461);
		mixed ^= mixed >>> 15;
		mixed = Math.imul(mixed, 1935289751);
		mixed ^= mixed >>> 15;
		return (mixed >>> 0) / 4294967296;
	};
}
// src/sync/testing/ports.ts
/** Ports for tests: seeded chance, a clock that is set, timers that do not wait, locks inside one process. */
function seeded(seed) {
	const draw = randomFrom(seed);
	const below = (count) => Math.floor(draw() * count);
	return {
		fraction: draw,
		bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
		chance: (probability) => draw() < probability,
		below,
		pick: (items) => {
			const item = items[below(items.length)];
			if (item === void 0) throw new Error("nothing to pick from");
			return item;
		}
	};
}
// simulation/activities.ts
/**
* What runs in this process and what waits. Owns the count: an activity that waits for the line, a timer or a lock is parked, and the world goes
* on only when nothing runs. So the world decides what happens next, and nothing else does.
*/
/** Far more turns of the event loop than any activity needs. */
var TURNS_MAX = 2e5;
var Activities = class {
	running = 0;
	/** Lets it run; `quiet` waits for it. */
	begin(work) {
		this.running += 1;
		work().finally(() => {
			this.running -= 1;
		});
	}
	/** Resolves when nothing runs any more: everything has ended, is parked or was killed. */
	async quiet() {
		for (let turn = 0; this.running > 0; turn += 1) {
			if (turn > TURNS_MAX) throw new Error("RESTLESS an activity never ends");
			await nextTurn();
		}
	}
	/** Waits for what the world decides: `settle` is called at most once, and only while `isAlive`. */
	async parked(isAlive, hand) {
		this.running -= 1;
		return await new Promise((resolve) => {
			hand((value) => {
				if (!isAlive()) return;
				this.running += 1;
				resolve(value);
			});
		});
	}
	/** A killed tab's activity: it never goes on. */
	async never() {
		this.running -= 1;
		return await new Promise(() => void 0);
	}
};
async function nextTurn() {
	await new Promise((resolve) => void setImmediate(resolve));
}
// simulation/air.ts
var STORM = {
	lostRequest: .12,
	lostAnswer: .15,
	doubled: .12,
	late: .15,
	damaged: .08,
	cut: .05,
	refused: .08,
	crash: .03
};
var NO_LINE_FAULTS = {
	lostRequest: 0,
	lostAnswer: 0,
	doubled: 0,
	late: 0,
	damaged: 0,
	cut: 0,
	refused: 0,
	crash: 0
};
var Air = class {
	faults = NO_LINE_FAULTS;
	exchanges = 0;
	world;
	flights = [];
	/** Requests whose phone has given up waiting; they arrive all the same. */
	drifting = [];
	constructor(world) {
		this.world = world;
	}
	get busy() {
		return this.flights.length > 0;
	}
	take(taken) {
		this.exchanges += 1;
		this.flights.push(taken);
	}
	/** One of those that are on their way gets further, or is lost. */
	move() {
		const flight = this.world.chance.pick(this.flights);
		if (flight.answer === void 0) this.goUp(flight);
		else this.comeDown(flight, flight.answer);
	}
	/** Something that was long on its way arrives. */
	arriveLate() {
		const late = this.drifting[this.world.chance.below(Math.max(1, this.drifting.length))];
		if (late !== void 0) this.deliver(late);
	}
	/** Everything arrives or is given up. */
	clear() {
		while (this.flights.length > 0) this.move();
	}
	goUp(flight) {
		const { chance } = this.world;
		const { faults } = this;
		if (chance.chance(faults.late)) this.drifting.push(flight);
		if (chance.chance(faults.lostRequest)) return this.land(flight, void 0);
		if (chance.chance(faults.refused)) return this.land(flight, response(chance.pick(REFUSALS)));
		const frame = chance.chance(faults.damaged) ? flipped(flight.frame, chance) : chance.chance(faults.cut) ? cut(flight.frame, chance) : flight.frame;
		if (chance.chance(faults.doubled)) this.deliver({
			...flight,
			frame
		});
		const answer = this.deliver({
			...flight,
			frame
		});
		if (answer === void 0) this.land(flight, void 0);
		else flight.answer = answer;
	}
	comeDown(flight, answer) {
		const { chance } = this.world;
		if (chance.chance(this.faults.lostAnswer)) return this.land(flight, void 0);
		const text = chance.chance(this.faults.cut) ? answer.text.slice(0, chance.below(answer.text.length)) : answer.text;
		this.land(flight, response({
			...answer,
			text
		}));
	}
	land(flight, answer) {
		this.flights.splice(this.flights.indexOf(flight), 1);
		flight.settle(answer);
	}
	/** To the root, and what it says; undefined when it crashed. */
	deliver({ phone, frame, token }) {
		const { chance } = this.world;
		const crash = chance.chance(this.faults.crash) ? { crash: chance.pick(["before", "after"]) } : {};
		const { header, body } = this.world.post({
			op: "post",
			token,
			...crash
		}, frame);
		if (header.status === 0) return void 0;
		const text = new TextDecoder().decode(body);
		if (header.status === 200) this.world.watch.answered(phone, text);
		else if (header.status >= 500) this.world.watch.broken("CRASH", `the root answered ${header.status}: ${text}`);
		return {
			status: header.status,
			text,
			...header.retry_after == null ? {} : { retryAfter: header.retry_after }
		};
	}
};
/** What stands between a phone and its root, and the root in distress. */
var REFUSALS = [
	{
		status: 200,
		text: "<html>Welcome to the hotel</html>"
	},
	{
		status: 401,
		text: "<html>Please pay</html>"
	},
	{
		status: 413,
		text: "{\"code\":\"request_too_large\",\"retry\":\"later\"}"
	},
	{
		status: 429,
		text: "{\"code\":\"too_many_attempts\",\"retry\":\"later\"}",
		retryAfter: "7"
	},
	{
		status: 500,
		text: "{\"code\":\"internal_error\",\"retry\":\"later\"}"
	},
	{
		status: 503,
		text: "{\"code\":\"busy\",\"retry\":\"later\"}"
	},
	{
		status: 400,
		text: "{\"code\":\"unsupported_version\",\"retry\":\"after_update\"}"
	},
	{
		status: 401,
		text: "{\"code\":\"sign_in_required\",\"retry\":\"after_sign_in\"}"
	}
];
/** As much of a Response as the client looks at. */
function response({ status, text, retryAfter }) {
	return {
		ok: status >= 200 && status < 300,
		status,
		headers: { get: (name) => name === "Retry-After" ? retryAfter ?? null : null },
		json: async () => JSON.parse(text)
	};
}
/** One bit of the bodies: their hash must tell. A header with a flipped bit is what TLS is for. */
function flipped(frame, chance) {
	const start = 4 + new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
	if (start >= frame.length) return frame;
	const out = frame.slice();
	const at = start + chance.below(frame.length - start);
	out[at] = out[at] ^ 1 << chance.below(8);
	return out;
}
function cut(frame, chance) {
	return frame.slice(0, chance.below(frame.length));
}
// src/contracts/segment-dictionary.ts
/** Generated by scripts/generate_contracts.py from contracts/; do not edit. */
/** Fields by number; before the name: # for number, @ for id16, ! for id22. */
var FIELDS = "pack #version lesson language @attempt question kind answer #score #duration_ms #score #score_max tier @entry parents text prompt !ver @feedback verdict #paragraph @message @replaces";
/** Kinds by number, each with the numbers of its fields. */
var KINDS = "lesson_opened/1 0 1 2;lesson_finished/1 0 1 2 3;question_answered/1 0 1 2 4 5 6 3 7 8 9;quiz_finished/1 0 1 2 4 10 11;journal_saved/1 13 14 15 16 0 2 17;feedback_given/1 18 13 17 19 15;feedback_answered/1 18 15;feedback_read/1 18;message_sent/1 21 15;pack_installed/1 0 1 12;pack_removed/1 0 1;feedback_withdrawn/1 18";
// src/domain/shapes.ts
/**
* Which columns a segment has, by its shapes: the numbers of the segment dictionary, and the names of what has none. Pure.
* Invariant: a number is one column, whatever shapes it stands in; a name is a column of its shape alone.
*/
var fields = FIELDS.split(" ").map((field) => ({
	form: (/^[#@!]/.exec(field) ?? [""])[0],
	name: field.replace(/^[#@!]/, "")
}));
var kinds = KINDS.split(";").map((text) => {
	const [kind = "", ...numbers] = text.split(" ");
	return {
		kind,
		usual: numbers.map(Number)
	};
});
/** Throws when a number stands for nothing that this version knows. */
function layOut(shapes) {
	const forms = [];
	const shared = /* @__PURE__ */ new Map();
	return {
		forms,
		shapes: shapes.map((shape) => {
			const [kind = "", ...parts] = typeof shape === "number" ? [shape, ...known(kinds, shape).usual] : shape;
			const columns = parts.map((part) => {
				const before = typeof part === "number" ? shared.get(part) : void 0;
				if (before !== void 0) return before;
				if (typeof part === "number") shared.set(part, forms.length);
				return forms.push(typeof part === "number" ? known(fields, part).form : "") - 1;
			});
			return {
				kind: typeof kind === "number" ? known(kinds, kind).kind : kind,
				fields: parts.map((part) => typeof part === "number" ? known(fields, part).name : part),
				columns
			};
		})
	};
}
function known(list, number) {
	const found = list[number];
	if (found === void 0) throw new RangeError("a number that this version does not know");
	return found;
}
// src/domain/columns.ts
/** Passes over blank places; nothing when this version cannot read the columns. Never throws on what a server sent. */
function decodeColumns(columns) {
	try {
		return columns.v === 1 ? readColumns(columns) : [];
	} catch {
		return [];
	}
}
function readColumns(columns) {
	const layout = layOut(columns.s);
	const different = [...columns.x];
	const values = layout.forms.map((form, at) => {
		const numeric = columns.d[at] ?? [];
		if (form === "#") return numeric.values();
		const written = different.shift() ?? [];
		return valuesOf(numeric, typeof written === "string" ? written.match(new RegExp(`.{${idLength(form)}}`, "g")) ?? [] : written);
	});
	const origins = new Map((columns.o ?? []).map(([index, stream, seq, hash]) => [index, {
		stream,
		seq,
		hash
	}]));
	const events = [];
	let ts = 0;
	columns.i.forEach((number, index) => {
		ts += (columns.t[index] ?? 0) * (columns.u ?? 1);
		const shape = layout.shapes[number ?? -1];
		if (shape === void 0) return;
		const { kind, fields } = shape;
		const payload = Object.fromEntries(fields.map((field, at) => [field, values[shape.columns[at]]?.next().value]));
		const origin = origins.get(index);
		events.push(origin ? {
			index,
			kind,
			ts,
			payload,
			origin
		} : {
			index,
			kind,
			ts,
			payload
		});
	});
	return events;
}
/** Each pick of the different values; without picks one after the other, the last going on. */
function* valuesOf(picks, different) {
	for (let at = 0; at < picks.length || picks.length === 0; at += 1) yield different[picks[at] ?? Math.min(at, different.length - 1)];
}
/** How many characters an id of this form has; 0 when it is none. */
function idLength(form) {
	return {
		"@": 16,
		"!": 22
	}[form ?? ""] ?? 0;
}
/** True when this can be kept: read now, or by a later version. Unknown fields are welcome. */
function isColumns(value) {
	const columns = value;
	return columns !== null && typeof columns === "object" && typeof columns.v === "number" && (columns.v !== 1 || [
		columns.t,
		columns.s,
		columns.i,
		columns.d,
		columns.x
	].every(Array.isArray));
}
// src/domain/canonical-json.ts
/**
* RFC 8785 (JCS): one spelling for one JSON value. Owns the order of keys; numbers and strings are spelled by JSON.stringify, which is
* what the RFC prescribes. Texts must be well-formed before (see well-formed.ts).
*/
function canonicalJson(value) {
	if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
	if (value !== null && typeof value === "object") return `{${Object.entries(value).filter(([, field]) => field !== void 0).sort(([left], [right]) => left < right ? -1 : 1).map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(",")}}`;
	if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("JSON has no such number");
	return JSON.stringify(value) ?? "null";
}
function canonicalBytes(value) {
	return utf8(canonicalJson(value));
}
// src/domain/hash.ts
/** The protocol's short hash. The digest is passed in: the platform has it, and it can only be awaited. */
/** H16: the first 16 bytes of SHA-256 in base64url. */
async function h16(digest, message) {
	return toBase64url((await digest(message)).subarray(0, 16));
}
// src/domain/event-hash.ts
/** The hash of an event, by the formula of docs/sync-protocol.md. It does not depend on where the event stands. */
async function eventHash(digest, event) {
	return await h16(digest, canonicalBytes([
		event.kind,
		event.ts,
		event.payload
	]));
}
// src/domain/event.ts
/** What an event is a repetition of when it is emitted again; handed on unchanged however often that happens. */
function originOf(event) {
	return event.origin ?? {
		stream: event.stream,
		seq: event.seq,
		hash: event.hash
	};
}
/** Kind without its version: "question_answered/1" gives "question_answered". */
function kindName(kind) {
	return kind.split("/")[0] ?? kind;
}
// simulation/compression.ts
/** Stands in for src/platform/compression.ts: the same bytes, without threads, so that a seed decides the order of everything. */
async function deflate(bytes) {
	return new Uint8Array(deflateRawSync(bytes));
}
async function digest(bytes) {
	return new Uint8Array(createHash("sha256").update(bytes).digest());
}
// simulation/truth.ts
var Truth = class {
	facts = /* @__PURE__ */ new Map();
	/** Who has, or ever had, a reading role, by scope. */
	readers = /* @__PURE__ */ new Map();
	write(token, scope, by, fate) {
		this.facts.set(token, {
			token,
			scope,
			by,
			fate,
			saved: false,
			holders: /* @__PURE__ */ new Set(),
			excused: false
		});
	}
	saved(tokens, phone) {
		for (const token of tokens) {
			const fact = this.facts.get(token);
			if (fact === void 0) continue;
			fact.saved = true;
			fact.holders.add(phone);
		}
	}
	/** A phone's store holds exactly these now; the root holds those. */
	replaced(phone, tokens, root) {
		for (const fact of this.facts.values()) if (tokens.has(fact.token)) fact.holders.add(phone);
		else if (fact.holders.delete(phone)) excuse(fact, root);
	}
	/** The root holds only these now. */
	putBack(root) {
		for (const fact of this.facts.values()) excuse(fact, root);
	}
	mayRead(scope, person) {
		const readers = this.readers.get(scope) ?? /* @__PURE__ */ new Set();
		this.readers.set(scope, readers.add(person));
	}
	hasRead(scope, person) {
		return this.readers.get(scope)?.has(person) === true;
	}
	heldBy(phone) {
		return [...this.facts.values()].filter((fact) => fact.holders.has(phone)).map((fact) => fact.token);
	}
};
function excuse(fact, root) {
	if (fact.saved && fact.holders.size === 0 && !root.has(fact.token)) fact.excused = true;
}
/** Every fact that a root has, shown or set aside. */
function tokensOf(holdings) {
	const tokens = /* @__PURE__ */ new Set();
	for (const part of [...holdings.segments, ...holdings.aside]) for (const event of part.events) tokens.add(tokenOf(event.payload));
	return tokens;
}
function tokenOf(payload) {
	return String(payload["token"]);
}
// simulation/checks.ts
/** What must hold when everybody met the root without faults. Owns the comparison of phones, root and truth. */
async function checkAtRest(world) {
	const holdings = world.holdings();
	const root = await readRoot(world, holdings);
	checkTruth(world, root);
	for (const phone of world.phones) await checkPhone(world, phone, holdings, root);
	const { found } = world.ask({
		op: "disorder",
		rebuild: world.extent.rebuild && world.chance.chance(.25)
	});
	for (const each of found) world.watch.found.push(each);
	return outcomeOf(world, root);
}
function outcomeOf(world, root) {
	const saved = [...world.truth.facts.values()].filter((fact) => fact.saved);
	const shown = saved.filter((fact) => root.shown.get(fact.scope)?.has(fact.token));
	const aside = saved.filter((fact) => !shown.includes(fact) && root.aside.has(fact.token));
	const gone = saved.filter((fact) => fact.excused && !shown.includes(fact) && !aside.includes(fact));
	return {
		saved: saved.length,
		received: shown.length + aside.length,
		aside: aside.length,
		gone: gone.length
	};
}
async function readRoot(world, holdings) {
	const shown = /* @__PURE__ */ new Map();
	const identities = /* @__PURE__ */ new Map();
	const aside = /* @__PURE__ */ new Set();
	for (const segment of holdings.segments) {
		const here = shown.get(segment.scope) ?? /* @__PURE__ */ new Map();
		shown.set(segment.scope, here);
		for (const event of segment.events) {
			const token = tokenOf(event.payload);
			if (segment.aside.includes(segment.first + event.index)) {
				aside.add(token);
				continue;
			}
			here.set(token, segment.by);
			const identity = `${segment.by} ${await identityOf(event, segment.stream, segment.first)}`;
			const known = identities.get(token);
			if (known !== void 0 && known !== identity) world.watch.broken("DOUBLED", `the root tells ${token} twice`);
			identities.set(token, identity);
		}
	}
	for (const part of holdings.aside) for (const event of part.events) aside.add(tokenOf(event.payload));
	return {
		shown,
		aside
	};
}
/** What folds take once: the origin, where its hash is the event's own. */
async function identityOf(event, stream, first) {
	const hash = await eventHash(digest, event);
	const origin = event.origin !== null && event.origin[2] === hash ? event.origin : [stream, first + event.index];
	return `${origin[0]}:${origin[1]}:${hash}`;
}
function checkTruth(world, root) {
	for (const fact of world.truth.facts.values()) {
		const by = root.shown.get(fact.scope)?.get(fact.token);
		const elsewhere = [...root.shown].find(([scope, tokens]) => scope !== fact.scope && tokens.has(fact.token));
		if (elsewhere !== void 0) world.watch.broken("LEAKED", `${fact.token} of ${fact.scope} stands in ${elsewhere[0]}`);
		if (by !== void 0 && by !== fact.by) world.watch.broken("LEAKED", `${fact.token} stands under another's name`);
		if (by !== void 0 && fact.fate === "aside") world.watch.broken("LEAKED", `${fact.token} was to be set aside`);
		if (!fact.saved || fact.excused) continue;
		if (fact.fate === "shown" && by === void 0) world.watch.broken("LOST", `${fact.token} of ${fact.scope}${root.aside.has(fact.token) ? " was set aside" : ""}`);
		if (fact.fate !== "shown" && by === void 0 && !root.aside.has(fact.token)) world.watch.broken("LOST", `${fact.token} is nowhere, not even aside`);
	}
}
async function checkPhone(world, phone, holdings, root) {
	const dump = await phone.dump();
	const sync = dump.get("meta").find(({ key }) => key === "sync");
	const broken = (kind, what) => world.watch.broken(kind, `${phone.name} ${what}`);
	if (sync?.epoch !== holdings.epoch) broken("EPOCH", `is in ${sync?.epoch}, the root in ${holdings.epoch}`);
	const follow = holdings.follow.filter(([person]) => person === phone.person.person).map(([, , number, scope, role]) => ({
		number,
		scope,
		role
	}));
	if (JSON.stringify(sync?.follow) !== JSON.stringify(follow)) broken("DIVERGED", "follows other scopes than the root says");
	for (const { number, scope } of follow) if ((sync?.cursors[number] ?? 0) !== (holdings.heads[scope] ?? 0)) broken("DIVERGED", `has read ${scope} up to ${sync?.cursors[number]}`);
	const scopes = new Set(follow.map(({ scope }) => scope));
	checkStrangers(dump, scopes, broken);
	await checkShown(dump, scopes, root, broken);
	checkRows(dump, scopes, holdings, broken);
	checkBooks(dump, phone, holdings, broken);
}
function checkStrangers(dump, scopes, broken) {
	for (const { scope } of dump.get("entries")) if (!scopes.has(scope)) broken("LEAKED", `keeps entries of ${scope}`);
	for (const { scope } of dump.get("rows")) if (!scopes.has(scope)) broken("LEAKED", `keeps rows of ${scope}`);
}
/** Every scope shows what the root shows, once; and of its own words also what the root set aside. */
async function checkShown(dump, scopes, root, broken) {
	const own = dump.get("events");
	for (const scope of scopes) {
		const shown = /* @__PURE__ */ new Map();
		const see = (token, identity) => {
			const known = shown.get(token);
			if (known !== void 0 && known !== identity) broken("DOUBLED", `shows ${token} twice in ${scope}`);
			shown.set(token, identity);
		};
		for (const event of own) {
			if (event.scope !== scope) continue;
			const { stream, seq } = originOf(event);
			see(tokenOf(event.payload), `${stream}:${seq}:${await eventHash(digest, event)}`);
		}
		for (const entry of dump.get("entries")) {
			if (entry.scope !== scope || entry.own || entry.columns === void 0) continue;
			for (const event of decodeColumns(entry.columns)) {
				const plain = {
					...event,
					origin: event.origin === void 0 ? null : [
						event.origin.stream,
						event.origin.seq,
						event.origin.hash
					]
				};
				see(tokenOf(event.payload), await identityOf(plain, entry.stream, entry.first));
			}
		}
		const here = root.shown.get(scope) ?? /* @__PURE__ */ new Map();
		for (const token of here.keys()) if (!shown.has(token)) broken("DIVERGED", `does not show ${token} of ${scope}`);
		const mine = new Set(own.map((event) => tokenOf(event.payload)));
		for (const token of shown.keys()) if (!here.has(token) && !(mine.has(token) && root.aside.has(token))) broken("DIVERGED", `shows ${token} in ${scope}, the root does not`);
	}
}
function checkRows(dump, scopes, holdings, broken) {
	const newest = /* @__PURE__ */ new Map();
	for (const [scope, position, kind, key, removed] of holdings.rows) {
		if (!scopes.has(scope)) continue;
		if (removed) newest.delete(`${scope} ${kind} ${key}`);
		else newest.set(`${scope} ${kind} ${key}`, position);
	}
	const here = new Map(dump.get("rows").map((row) => [`${row.scope} ${row.kind} ${row.key}`, row.position]));
	for (const [name, position] of newest) if (here.get(name) !== position) broken("DIVERGED", `has row ${name} of ${here.get(name)}, not ${position}`);
	for (const name of here.keys()) if (!newest.has(name)) broken("DIVERGED", `keeps row ${name}, which is gone`);
}
/** Everything is proven, every proof has its receipt, and everything that was set aside is told. */
function checkBooks(dump, phone, holdings, broken) {
	const receipts = dump.get("receipts");
	const told = new Set(dump.get("set_aside").map(({ stream, seq }) => `${stream}:${seq}`));
	for (const stream of dump.get("streams")) {
		if (stream.limit !== void 0 && !phone.mayFork) broken("SPURIOUS", `left ${stream.stream}, though nothing was copied`);
		const held = stream.limit ?? stream.next;
		if (stream.acked !== held) broken("ACKED", `has ${held - stream.acked} unproven events in ${stream.stream}`);
		const received = receipts.filter((receipt) => receipt.stream === stream.stream).reduce((sum, receipt) => sum + receipt.n, 0);
		if (received !== stream.acked) broken("RECEIPTS", `has receipts for ${received} of ${stream.acked} events`);
		const owner = holdings.streams[stream.stream];
		if (held > 0 && (owner === void 0 || owner[0] !== phone.person.person)) broken("ACKED", `pushed ${stream.stream}, which the root gave to another`);
		const aside = /* @__PURE__ */ new Set();
		for (const segment of holdings.segments) if (segment.stream === stream.stream) for (const seq of segment.aside) aside.add(`${segment.stream}:${seq}`);
		for (const part of holdings.aside) if (part.whole && part.stream === stream.stream && part.code !== "stream_of_another") for (let seq = part.seq; seq < part.seq + part.n; seq += 1) aside.add(`${part.stream}:${seq}`);
		for (const place of aside) {
			if (Number(place.split(":")[1]) < held && !told.has(place)) broken("ASIDE", `was not told that ${place} was set aside`);
			told.delete(place);
		}
	}
	for (const place of told) broken("ASIDE", `was told that ${place} was set aside, which it was not`);
}
// src/domain/ids.ts
/** Names made by this phone. Random bytes are passed in. */
/** A stream: 16 random bytes, 22 characters. */
function newStreamId(random) {
	return toBase64url(random.bytes(16));
}
// src/db/meta.ts
/** The three records of a person's `meta` store. Owns their first values. */
async function getPersonMeta(tx) {
	const meta = await tx.objectStore("meta").get("person");
	if (meta?.key !== "person") throw new Error("the person's database was not prepared");
	return meta;
}
async function getSyncMeta(tx) {
	const meta = await tx.objectStore("meta").get("sync");
	return meta?.key === "sync" ? meta : {
		key: "sync",
		followVersion: 0,
		follow: [],
		cursors: {}
	};
}
async function getStatus(tx) {
	const meta = await tx.objectStore("meta").get("status");
	return meta?.key === "status" ? meta : {
		key: "status",
		reachable: true
	};
}
async function putMeta(tx, value) {
	await tx.objectStore("meta").put(value);
}
/** Makes the first stream when the database is new; true when it was. */
async function prepareDatabase(db, person, device, random) {
	return await db.write(["meta", "streams"], async (tx) => {
		if (await tx.objectStore("meta").get("person") !== void 0) return false;
		const stream = newStream(random, device, 0);
		await tx.objectStore("streams").put(stream);
		await putMeta(tx, {
			key: "person",
			person,
			device,
			current: stream.stream,
			generation: 0
		});
		return true;
	});
}
function newStream(random, device, order) {
	return {
		stream: newStreamId(random),
		order,
		device,
		next: 0,
		sealed: 0,
		chain: "",
		acked: 0
	};
}
// node_modules/idb/build/index.js
var instanceOfAny = (object, constructors) => constructors.some((c) => object instanceof c);
var idbProxyableTypes;
var cursorAdvanceMethods;
function getIdbProxyableTypes() {
	return idbProxyableTypes || (idbProxyableTypes = [
		IDBIndex,
		IDBObjectStore,
		IDBCursor,
		IDBDatabase,
		IDBTransaction
	]);
}
function getCursorAdvanceMethods() {
	return cursorAdvanceMethods || (cursorAdvanceMethods = [
		"advance",
		"continue",
		"continuePrimaryKey"
	].map((method) => IDBCursor.prototype[method]));
}
var transactionDoneMap = /* @__PURE__ */ new WeakMap();
var transformCache = /* @__PURE__ */ new WeakMap();
var reverseTransformCache = /* @__PURE__ */ new WeakMap();
function promisifyRequest(request) {
	const promise = new Promise((resolve, reject) => {
		const unlisten = () => {
			request.removeEventListener("success", success);
			request.removeEventListener("error", error);
		};
		const success = () => {
			resolve(wrap(request.result));
			unlisten();
		};
		const error = () => {
			reject(request.error);
			unlisten();
		};
		request.addEventListener("success", success);
		request.addEventListener("error", error);
	});
	reverseTransformCache.set(promise, request);
	return promise;
}
function cacheDonePromiseForTransaction(tx) {
	if (transactionDoneMap.has(tx)) return;
	const done = new Promise((resolve, reject) => {
		const unlisten = () => {
			tx.removeEventListener("complete", complete);
			tx.removeEventListener("error", error);
			tx.removeEventListener("abort", error);
		};
		const complete = () => {
			resolve();
			unlisten();
		};
		const error = () => {
			reject(tx.error || new DOMException("AbortError", "AbortError"));
			unlisten();
		};
		tx.addEventListener("complete", complete);
		tx.addEventListener("error", error);
		tx.addEventListener("abort", error);
	});
	transactionDoneMap.set(tx, done);
}
var idbProxyTraps = {
	get(target, prop, receiver) {
		if (target instanceof IDBTransaction) {
			if (prop === "done") return transactionDoneMap.get(target);
			if (prop === "store") return receiver.objectStoreNames[1] ? void 0 : receiver.objectStore(receiver.objectStoreNames[0]);
		}
		return wrap(target[prop]);
	},
	set(target, prop, value) {
		target[prop] = value;
		return true;
	},
	has(target, prop) {
		if (target instanceof IDBTransaction && (prop === "done" || prop === "store")) return true;
		return prop in target;
	}
};
function replaceTraps(callback) {
	idbProxyTraps = callback(idbProxyTraps);
}
function wrapFunction(func) {
	if (getCursorAdvanceMethods().includes(func)) return function(...args) {
		func.apply(unwrap(this), args);
		return wrap(this.request);
	};
	return function(...args) {
		return wrap(func.apply(unwrap(this), args));
	};
}
function transformCachableValue(value) {
	if (typeof value === "function") return wrapFunction(value);
	if (value instanceof IDBTransaction) cacheDonePromiseForTransaction(value);
	if (instanceOfAny(value, getIdbProxyableTypes())) return new Proxy(value, idbProxyTraps);
	return value;
}
function wrap(value) {
	if (value instanceof IDBRequest) return promisifyRequest(value);
	if (transformCache.has(value)) return transformCache.get(value);
	const newValue = transformCachableValue(value);
	if (!Object.is(newValue, value)) {
		transformCache.set(value, newValue);
		reverseTransformCache.set(newValue, value);
	}
	return newValue;
}
var unwrap = (value) => reverseTransformCache.get(value);
/**
* Open a database.
*
* @param name Name of the database.
* @param version Schema version.
* @param callbacks Additional callbacks.
*/
function openDB(name, version, { blocked, upgrade, blocking, terminated } = {}) {
	const request = indexedDB.open(name, version);
	const openPromise = wrap(request);
	if (upgrade) request.addEventListener("upgradeneeded", (event) => {
		upgrade(wrap(request.result), event.oldVersion, event.newVersion, wrap(request.transaction), event);
	});
	if (blocked) request.addEventListener("blocked", (event) => blocked(event.oldVersion, event.newVersion, event));
	openPromise.then((db) => {
		if (terminated) db.addEventListener("close", () => terminated());
		if (blocking) db.addEventListener("versionchange", (event) => blocking(event.oldVersion, event.newVersion, event));
	}).catch(() => {});
	return openPromise;
}
var readMethods = [
	"get",
	"getKey",
	"getAll",
	"getAllKeys",
	"count"
];
var writeMethods = [
	"put",
	"add",
	"delete",
	"clear"
];
var cachedMethods = {};
function getMethod(target, prop) {
	if (!(target instanceof IDBDatabase && !(prop in target) && typeof prop === "string")) return;
	if (cachedMethods[prop]) return cachedMethods[prop];
	const targetFuncName = prop.replace(/FromIndex$/, "");
	const useIndex = prop !== targetFuncName;
	const isWrite = writeMethods.includes(targetFuncName);
	if (!(targetFuncName in (useIndex ? IDBIndex : IDBObjectStore).prototype) || !(isWrite || readMethods.includes(targetFuncName))) return;
	const method = async function(storeName, ...args) {
		const tx = this.transaction(storeName, isWrite ? "readwrite" : "readonly");
		let target = tx.store;
		if (useIndex) target = target.index(args.shift());
		return (await Promise.all([target[targetFuncName](...args), isWrite && tx.done]))[0];
	};
	return cachedMethods[prop] = method;
}
replaceTraps((oldTraps) => ({
	...oldTraps,
	get: (target, prop, receiver) => getMethod(target, prop) || oldTraps.get(target, prop, receiver),
	has: (target, prop) => !!getMethod(target, prop) || oldTraps.has(target, prop)
}));
var advanceMethodProps = [
	"advance",
	"continue",
	"continuePrimaryKey"
];
var methodMap = {};
var advanceResults = /* @__PURE__ */ new WeakMap();
var ittrProxiedCursorToOriginalProxy = /* @__PURE__ */ new WeakMap();
var cursorIteratorTraps = { get(target, prop) {
	if (!advanceMethodProps.includes(prop)) return target[prop];
	let cachedFunc = methodMap[prop];
	if (!cachedFunc) cachedFunc = methodMap[prop] = function(...args) {
		advanceResults.set(this, ittrProxiedCursorToOriginalProxy.get(this)[prop](...args));
	};
	return cachedFunc;
} };
async function* iterate(...args) {
	let cursor = this;
	if (!(cursor instanceof IDBCursor)) cursor = await cursor.openCursor(...args);
	if (!cursor) return;
	cursor = cursor;
	const proxiedCursor = new Proxy(cursor, cursorIteratorTraps);
	ittrProxiedCursorToOriginalProxy.set(proxiedCursor, cursor);
	reverseTransformCache.set(proxiedCursor, unwrap(cursor));
	while (cursor) {
		yield proxiedCursor;
		cursor = await (advanceResults.get(proxiedCursor) || cursor.continue());
		advanceResults.delete(proxiedCursor);
	}
}
function isIteratorProp(target, prop) {
	return prop === Symbol.asyncIterator && instanceOfAny(target, [
		IDBIndex,
		IDBObjectStore,
		IDBCursor
	]) || prop === "iterate" && instanceOfAny(target, [IDBIndex, IDBObjectStore]);
}
replaceTraps((oldTraps) => ({
	...oldTraps,
	get(target, prop, receiver) {
		if (isIteratorProp(target, prop)) return iterate;
		return oldTraps.get(target, prop, receiver);
	},
	has(target, prop) {
		return isIteratorProp(target, prop) || oldTraps.has(target, prop);
	}
}));
// src/db/database.ts
/**
* One IndexedDB database and its transactions. Owns opening, reopening after the browser cut the connection, durability, and the rule
* that a failed transaction leaves nothing behind. Invariant: `write` resolves only after a strict commit.
*/
var StorageError = class extends Error {
	constructor(code, reason) {
		super(`storage ${code}: ${reason instanceof Error ? `${reason.name} ${reason.message}` : String(reason)}`);
		this.name = "StorageError";
		this.code = code;
	}
};
var Database = class {
	constructor(name, migrations) {
		this.closed = false;
		this.name = name;
		this.migrations = migrations;
	}
	async read(stores, work) {
		return await this.run((db) => db.transaction([...stores], "readonly"), work);
	}
	async write(stores, work) {
		return await this.run((db) => db.transaction([...stores], "readwrite", { durability: "strict" }), work);
	}
	close() {
		this.closed = true;
		const connection = this.connection;
		this.connection = void 0;
		connection?.then((db) => db.close()).catch(() => void 0);
	}
	/** A lost connection is opened again for the beginning of a transaction only: work that may have been committed is never repeated. */
	async run(begin, work) {
		if (this.closed) throw new StorageError("closed", this.name);
		const db = await this.open();
		const { connection } = this;
		let tx;
		try {
			tx = begin(db);
		} catch (error) {
			if (!isLostConnection(error)) throw error;
			this.forget(connection);
			tx = begin(await this.open());
		}
		try {
			return await settle(tx, work);
		} catch (error) {
			throw asStorageError(error);
		}
	}
	/** A newer connection stays. */
	forget(connection) {
		if (this.connection === connection) this.connection = void 0;
	}
	async open() {
		if (this.connection !== void 0) return await this.connection;
		const opening = this.openAt(this.migrations.length, () => this.forget(opening)).catch((error) => {
			this.forget(opening);
			throw new StorageError("unavailable", error);
		});
		this.connection = opening;
		return await opening;
	}
	/** `version` undefined: as it is. Migrations only add, so an older app in an open tab goes on saving into a newer database. */
	async openAt(version, lost) {
		try {
			return await openDB(this.name, version, {
				upgrade: (db, oldVersion, _newVersion, tx) => {
					for (const migration of this.migrations.slice(oldVersion)) migration.run(db, tx);
				},
				blocking: (_current, _blocked, event) => {
					event.target?.close();
					lost();
				},
				terminated: lost
			});
		} catch (error) {
			if (version === void 0 || !(error instanceof DOMException) || error.name !== "VersionError") throw error;
			return await this.openAt(void 0, lost);
		}
	}
};
async function settle(tx, work) {
	const done = tx.done.then(() => void 0, (error) => ({ error }));
	let result;
	try {
		result = await work(tx);
	} catch (error) {
		try {
			tx.abort();
		} catch {}
		await done;
		throw error;
	}
	const failure = await done;
	if (failure !== void 0) throw failure.error;
	return result;
}
function isLostConnection(error) {
	return error instanceof DOMException && [
		"InvalidStateError",
		"UnknownError",
		"AbortError"
	].includes(error.name);
}
function asStorageError(error) {
	return error instanceof DOMException && error.name === "QuotaExceededError" ? new StorageError("full", error) : error;
}
// src/db/person-schema.ts
var PERSON_MIGRATIONS = [{
	name: "events, segments, scopes and what a person keeps",
	run(db) {
		db.createObjectStore("meta", { keyPath: "key" });
		db.createObjectStore("streams", { keyPath: "stream" });
		db.createObjectStore("events", { keyPath: ["stream", "seq"] }).createIndex("by_scope", [
			"scope",
			"stream",
			"seq"
		]);
		db.createObjectStore("segments", { keyPath: ["stream", "first"] });
		db.createObjectStore("entries", { keyPath: ["scope", "position"] });
		db.createObjectStore("rows", { keyPath: [
			"scope",
			"kind",
			"key"
		] }).createIndex("by_kind", "kind");
		db.createObjectStore("receipts", { keyPath: ["stream", "first"] });
		db.createObjectStore("set_aside", { keyPath: ["stream", "seq"] });
		db.createObjectStore("drafts", { keyPath: "draft" });
		db.createObjectStore("places", { keyPath: ["pack", "lesson"] });
		db.createObjectStore("attempts", { keyPath: ["pack", "lesson"] });
		db.createObjectStore("answer_drafts", { keyPath: ["attempt", "question"] });
		db.createObjectStore("marks", { keyPath: "mark" });
	}
}, {
	name: "blobs",
	run(db) {
		db.createObjectStore("blobs", { keyPath: "sha256" });
		db.createObjectStore("blob_bytes", { keyPath: "sha256" });
	}
}];
// src/db/ranges.ts
/** Key ranges. Owns one trap: IndexedDB refuses a half-open range that is empty, so whole numbers are bounded by the halves between them. */
/** Keys [name, from] up to, not including, [name, to]; may be empty. */
function numbersOf(name, from, to) {
	return IDBKeyRange.bound([name, from - .5], [name, Math.max(from, to) - .5]);
}
/** Keys [name, from] and everything after it under that name. */
function numbersFrom(name, from) {
	return IDBKeyRange.bound([name, from], [name, Number.POSITIVE_INFINITY]);
}
/** Every key that begins with the name. */
function allUnder(name) {
	return IDBKeyRange.bound([name], [name, []]);
}
// src/db/topics.ts
var watchers = /* @__PURE__ */ new Set();
function announce(topics) {
	tellWatchers(topics);
}
function tellWatchers(topics) {
	for (const watcher of [...watchers]) if (topics.some((topic) => watcher.topics.has(topic))) watcher.changed();
}
// src/sync/rotate.ts
/**
* Leaving a stream: what is proven stays in it, everything after it is emitted again in a new one. Owns rules S11 to S13 of SPEC.md.
* Invariant S14: an event is moved, never removed; its content and time stay as they were.
*/
var ROTATE_STORES = [
	"meta",
	"streams",
	"events",
	"segments",
	"receipts",
	"set_aside"
];
/** Closes the stream at the last border of its segments that is not after `at`. */
async function rotate(tx, name, at, random, device) {
	const meta = await getPersonMeta(tx);
	const streams = tx.objectStore("streams");
	const stream = await streams.get(name);
	if (stream === void 0) throw new Error("the stream to leave is unknown");
	const { border, chain } = await findBorder(tx, name, at);
	const moved = await takeEventsFrom(tx, name, border);
	await streams.put({
		...stream,
		next: border,
		sealed: border,
		chain,
		acked: Math.min(stream.acked, border),
		safe: Math.min(stream.safe ?? 0, border),
		limit: border
	});
	const target = meta.current === name ? newStream(random, device ?? meta.device, stream.order + 1) : await currentStream(tx, meta.current);
	await emitAgain(tx, target, moved);
	await putMeta(tx, {
		...meta,
		device: device ?? meta.device,
		current: target.stream,
		generation: meta.generation + 1
	});
}
/** The person has another device key now: the old stream stays bound to the old one (S13). */
async function adoptDevice(db, device, random) {
	if (await db.write(ROTATE_STORES, async (tx) => {
		const meta = await getPersonMeta(tx);
		if (meta.device === device) return false;
		const stream = await currentStream(tx, meta.current);
		if (stream.next === 0) {
			await tx.objectStore("streams").put({
				...stream,
				device
			});
			await putMeta(tx, {
				...meta,
				device
			});
		} else await rotate(tx, meta.current, stream.acked, random, device);
		return true;
	})) announce([
		"events",
		"sync",
		"receipts"
	]);
}
/** The last border between segments that is not after `at`, and the chain's hash there. */
async function findBorder(tx, stream, at) {
	let found = {
		border: 0,
		chain: ""
	};
	for (const segment of await tx.objectStore("segments").getAll(numbersOf(stream, 0, at))) {
		const end = segment.first + segment.n;
		if (end <= at) found = {
			border: end,
			chain: segment.hash
		};
	}
	return found;
}
async function takeEventsFrom(tx, stream, border) {
	const rest = numbersFrom(stream, border);
	const events = await tx.objectStore("events").getAll(rest);
	await tx.objectStore("events").delete(rest);
	await tx.objectStore("segments").delete(rest);
	await tx.objectStore("receipts").delete(rest);
	await tx.objectStore("set_aside").delete(rest);
	return events;
}
async function emitAgain(tx, target, events) {
	for (const [index, event] of events.entries()) await tx.objectStore("events").add({
		...event,
		stream: target.stream,
		seq: target.next + index,
		origin: originOf(event)
	});
	await tx.objectStore("streams").put({
		...target,
		next: target.next + events.length
	});
}
async function currentStream(tx, name) {
	const stream = await tx.objectStore("streams").get(name);
	if (stream === void 0) throw new Error("there is no current stream");
	return stream;
}
// src/api/client.ts
var ApiError = class extends Error {
	constructor(code, status, retry, retryAfterMs) {
		super(`${code} (${status})`);
		this.name = "ApiError";
		this.code = code;
		this.status = status;
		this.retry = retry;
		this.retryAfterMs = retryAfterMs;
	}
};
var TIMEOUT_MS = 6e4;
var ApiClient = class {
	constructor(fetch, timers) {
		this.fetch = fetch;
		this.timers = timers;
	}
	async postJson(path, body, token) {
		const headers = { "Content-Type": "application/json" };
		if (token !== void 0) headers["Authorization"] = `Bearer ${token}`;
		return await this.json(path, {
			method: "POST",
			headers,
			body: JSON.stringify(body)
		});
	}
	async postBytes(path, body, token) {
		const headers = {
			"Content-Type": "application/octet-stream",
			Authorization: `Bearer ${token}`
		};
		return await this.json(path, {
			method: "POST",
			headers,
			body
		});
	}
	async json(path, init) {
		return await this.answer(path, init, async (response) => {
			try {
				return await response.json();
			} catch {
				throw new ApiError("not_ours", response.status, "later");
			}
		});
	}
	/** Reads a good answer inside the time-out; throws ApiError for everything else. */
	async answer(path, init, read) {
		const abort = new AbortController();
		const cancel = this.timers.after(TIMEOUT_MS, () => abort.abort());
		try {
			const response = await this.fetch(path, {
				cache: "no-store",
				credentials: "omit",
				...init,
				signal: abort.signal
			});
			if (!response.ok) throw await readError(response);
			return await read(response);
		} catch (error) {
			throw error instanceof ApiError ? error : new ApiError("unreachable", 0, "later");
		} finally {
			cancel();
		}
	}
};
async function readError(response) {
	const after = Number(response.headers.get("Retry-After"));
	const retryAfterMs = Number.isFinite(after) && after > 0 ? after * 1e3 : void 0;
	try {
		const { code, retry } = await response.json();
		if (typeof code === "string" && isRetry(retry)) return new ApiError(code, response.status, retry, retryAfterMs);
	} catch {}
	return new ApiError("not_ours", response.status, "later", retryAfterMs);
}
function isRetry(value) {
	return value === "never" || value === "later" || value === "after_sign_in" || value === "after_update";
}
// src/api/sync-transport.ts
function httpTransport(api, clock) {
	return { async exchange(frame, token) {
		const sentMs = clock.nowMs();
		try {
			return {
				kind: "answered",
				reply: await api.postBytes("/sync/1", frame, token),
				sentMs,
				receivedMs: clock.nowMs()
			};
		} catch (error) {
			return judge(error);
		}
	} };
}
function judge(error) {
	if (!(error instanceof ApiError) || error.code === "unreachable") return { kind: "unreachable" };
	if (error.status === 413) return { kind: "too_large" };
	if (error.status === 401 && error.code !== "not_ours") return { kind: error.code === "device_revoked" ? "revoked" : "unauthorised" };
	if (error.retry === "after_update") return { kind: "unsupported" };
	if (error.retry === "never") return {
		kind: "refused",
		code: error.code
	};
	return error.retryAfterMs === void 0 ? { kind: "busy" } : {
		kind: "busy",
		retryAfterMs: error.retryAfterMs
	};
}
// src/domain/well-formed.ts
/**
* Text that every computer can store: no lone surrogates, no control characters but tab and line feed, line ends as LF.
* Owns the rule S3 of sync/SPEC.md. Invariant: applying it twice changes nothing more.
*/
var LONE_SURROGATES = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(^|[^\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
var CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g;
var REPLACEMENT = "�";
function wellFormedText(text) {
	let formed = text.replace(/\r\n?/g, "\n").replace(CONTROLS, "");
	for (let before = ""; before !== formed;) {
		before = formed;
		formed = formed.replace(LONE_SURROGATES, (_found, kept) => (kept ?? "") + REPLACEMENT);
	}
	return formed;
}
/** Every text inside a payload, keys too; fields that are undefined are left out. */
function wellFormed(value) {
	return form(value);
}
function form(value) {
	if (typeof value === "string") return wellFormedText(value);
	if (Array.isArray(value)) return value.map((item) => form(item ?? null));
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== void 0).map(([key, field]) => [wellFormedText(key), form(field)]));
}
// src/db/append.ts
var APPEND_STORES = [
	"meta",
	"streams",
	"events",
	"drafts",
	"places",
	"attempts",
	"answer_drafts",
	"marks",
	"blobs"
];
async function append(db, clock, events, options = {}) {
	const ts = Math.round(clock.nowMs());
	const facts = await Promise.all(events.map(async ({ scope, kind, payload }) => {
		const fact = {
			kind,
			ts,
			payload: wellFormed({ ...payload })
		};
		return {
			scope,
			...fact,
			hash: await eventHash(digest, fact)
		};
	}));
	const stored = await db.write(APPEND_STORES, async (tx) => {
		const meta = await getPersonMeta(tx);
		const stream = await tx.objectStore("streams").get(meta.current);
		if (stream === void 0 || stream.limit !== void 0) throw new Error("the current stream is not open");
		const records = facts.map((fact, index) => ({
			stream: stream.stream,
			seq: stream.next + index,
			...fact
		}));
		for (const record of records) await tx.objectStore("events").add(record);
		await tx.objectStore("streams").put({
			...stream,
			next: stream.next + records.length
		});
		await options.also?.(tx);
		return records;
	});
	announce(["events", ...options.topics ?? []]);
	return stored;
}
// src/db/waiting.ts
function heldBy(stream) {
	return stream.limit ?? stream.next;
}
// src/sync/acks.ts
function judgeAcks(acked, sent, reply) {
	const verdict = {
		acked,
		taken: [],
		damaged: false
	};
	if (sent[0] !== void 0 && sent[0].first !== acked) return verdict;
	const provenByServer = reply.next ?? acked;
	for (const [index, segment] of sent.entries()) {
		const ack = reply.acks[index] ?? { kind: "unknown" };
		const end = segment.first + segment.n;
		if (ack.kind === "ok" || ack.kind === "dup" || ack.kind === "aside" && ack.code !== "stream_of_another") {
			if (segment.first !== verdict.acked || end > provenByServer) break;
			verdict.acked = end;
			const level = ack.kind === "aside" ? "set_aside" : "received";
			verdict.taken.push({
				segment,
				level,
				setAside: ack.kind === "aside" ? everyEvent(segment, ack.code) : ack.setAside
			});
			continue;
		}
		if (ack.kind === "aside") verdict.rotateAt = verdict.acked;
		if (ack.kind === "fork") verdict.rotateAt = Math.min(ack.next, verdict.acked);
		if (ack.kind === "damaged") verdict.damaged = true;
		if (ack.kind === "gap" && ack.next < verdict.acked) verdict.backTo = ack.next;
		break;
	}
	return verdict;
}
function everyEvent(segment, code) {
	return Array.from({ length: segment.n }, (_, index) => [segment.first + index, code]);
}
// src/sync/entries.ts
async function applyEntries(tx, sync, reply, proven) {
	const meta = await getPersonMeta(tx);
	const scopes = new Map(sync.follow.map(({ number, scope }) => [number, scope]));
	const cursors = { ...sync.cursors };
	let moved = false;
	let cloneSeen = false;
	const halted = /* @__PURE__ */ new Set();
	for (const entry of reply.entries) {
		const scope = scopes.get(entry.r);
		if (scope === void 0 || halted.has(entry.r) || entry.p <= (cursors[entry.r] ?? 0)) continue;
		if (entry.s !== void 0 && !isColumns(entry.d) && !await isHere(tx, entry.s, entry, proven)) {
			halted.add(entry.r);
			continue;
		}
		cursors[entry.r] = entry.p;
		moved = true;
		if (entry.s === void 0) await applyRow(tx, scope, entry);
		else {
			const pulled = await pulledSegment(tx, scope, entry, entry.s);
			await tx.objectStore("entries").put(pulled);
			if (!pulled.own && entry.s === meta.current) cloneSeen = true;
		}
	}
	for (const [number, position] of reply.cursors) if (scopes.has(number) && !halted.has(number) && position > (cursors[number] ?? 0)) {
		cursors[number] = position;
		moved = true;
	}
	return {
		sync: {
			...sync,
			cursors
		},
		moved,
		cloneSeen
	};
}
async function applyRow(tx, scope, entry) {
	const kind = entry.k;
	const key = entry.key;
	if (entry.b === void 0) await tx.objectStore("rows").delete([
		scope,
		kind,
		key
	]);
	else await tx.objectStore("rows").put({
		scope,
		kind,
		key,
		position: entry.p,
		body: entry.b
	});
}
async function pulledSegment(tx, scope, entry, stream) {
	const first = entry.f ?? 0;
	const n = entry.n ?? 0;
	const own = await isOwn(tx, stream, first, n, entry);
	return {
		scope,
		position: entry.p,
		stream,
		first,
		n,
		by: entry.by ?? "",
		role: entry.role ?? "",
		after: entry.after === true,
		at: entry.at ?? 0,
		off: entry.off ?? 0,
		own,
		...own || !isColumns(entry.d) ? {} : { columns: entry.d }
	};
}
/** An entry without columns: this request proved it, and its events are here. */
async function isHere(tx, stream, entry, proven) {
	if (stream !== proven.stream || !proven.firsts.has(entry.f ?? -1)) return false;
	const first = entry.f ?? 0;
	return await tx.objectStore("events").count(numbersOf(stream, first, first + (entry.n ?? 0))) === entry.n;
}
/** True when this database holds the very events of the entry; columns keep the order of fields, so that spellings can be compared. */
async function isOwn(tx, stream, first, n, entry) {
	if (!isColumns(entry.d)) return true;
	const events = await tx.objectStore("events").getAll(numbersOf(stream, first, first + n));
	if (events.length !== n) return false;
	return decodeColumns(entry.d).every((theirs) => {
		const mine = events[theirs.index];
		return mine?.kind === theirs.kind && mine.ts === theirs.ts && JSON.stringify(mine.payload) === JSON.stringify(theirs.payload);
	});
}
// src/sync/epoch.ts
/**
* The root was restored: its history is another one. Owns rule S10 of SPEC.md: everything pulled is dropped, everything written is
* pushed again, nothing else changes.
*/
async function adoptEpoch(tx, epoch) {
	for (const store of [
		"entries",
		"rows",
		"receipts",
		"set_aside"
	]) await tx.objectStore(store).clear();
	for (const stream of await tx.objectStore("streams").getAll()) await tx.objectStore("streams").put({
		...stream,
		acked: 0,
		safe: 0
	});
	const meta = await getPersonMeta(tx);
	await putMeta(tx, {
		...meta,
		generation: meta.generation + 1
	});
	await putMeta(tx, {
		...await getSyncMeta(tx),
		epoch,
		followVersion: 0,
		follow: [],
		cursors: {}
	});
}
// src/sync/follow.ts
/** True when something was dropped. */
async function applyFollow(tx, sync, follow) {
	const numbers = new Map(follow.list.map((item) => [item.scope, item.number]));
	const gone = sync.follow.filter((item) => numbers.get(item.scope) !== item.number);
	for (const { scope } of gone) {
		await tx.objectStore("entries").delete(numbersFrom(scope, 0));
		await tx.objectStore("rows").delete(allUnder(scope));
	}
	const kept = new Set(follow.list.map((item) => item.number));
	const cursors = Object.fromEntries(Object.entries(sync.cursors).filter(([number]) => kept.has(Number(number))));
	return {
		sync: {
			...sync,
			followVersion: follow.version,
			follow: follow.list,
			cursors
		},
		dropped: gone.length > 0
	};
}
// src/sync/apply-reply.ts
/**
* What one answer changes, in one transaction. Owns rules S7 and S8 of SPEC.md. Invariant: either all of it is applied or nothing.
*/
var APPLY_STORES = [
	...ROTATE_STORES,
	"entries",
	"rows"
];
async function applyReply(db, request, reply, times, ports) {
	const { applied, changed } = await db.write(APPLY_STORES, async (tx) => {
		const meta = await getPersonMeta(tx);
		const sync = await getSyncMeta(tx);
		if (meta.generation !== request.generation || sync.epoch !== request.epoch) return {
			applied: "reset",
			changed: false
		};
		await noteAnswer(tx, reply, times, ports.clock);
		if (sync.epoch !== void 0 && sync.epoch !== reply.epoch) {
			await adoptEpoch(tx, reply.epoch);
			return {
				applied: "reset",
				changed: true
			};
		}
		return await applyParts(tx, request, reply, ports.random);
	});
	announce(changed ? [
		"sync",
		"receipts",
		"pulled",
		"rows",
		"events"
	] : ["sync"]);
	return applied;
}
async function applyParts(tx, request, reply, random) {
	const stream = await tx.objectStore("streams").get(request.stream);
	if (stream === void 0) throw new Error("the stream of the request is gone");
	const verdict = judgeAcks(stream.acked, request.segments, reply);
	await storeReceipts(tx, request, reply, verdict);
	const backTo = verdict.backTo === void 0 ? void 0 : (await findBorder(tx, request.stream, verdict.backTo)).border;
	const acked = backTo ?? verdict.acked;
	const safe = Math.min(Math.max(stream.safe ?? 0, reply.safe ?? 0), acked);
	await tx.objectStore("streams").put({
		...stream,
		acked,
		safe
	});
	let sync = await getSyncMeta(tx);
	sync = {
		...sync,
		epoch: reply.epoch
	};
	const followed = reply.follow === void 0 ? {
		sync,
		dropped: false
	} : await applyFollow(tx, sync, reply.follow);
	const pulled = await applyEntries(tx, followed.sync, reply, {
		stream: request.stream,
		firsts: new Set(verdict.taken.map(({ segment }) => segment.first))
	});
	await putMeta(tx, pulled.sync);
	if (followed.dropped) await nextGeneration(tx);
	const cloneAt = pulled.cloneSeen && verdict.rotateAt === void 0 ? await ackedOfCurrent(tx) : void 0;
	if (verdict.rotateAt !== void 0) await rotate(tx, request.stream, verdict.rotateAt, random);
	else if (cloneAt !== void 0) await rotate(tx, cloneAt.stream, cloneAt.acked, random);
	const changed = verdict.acked > stream.acked || safe !== (stream.safe ?? 0) || pulled.moved || reply.follow !== void 0;
	if (verdict.rotateAt !== void 0 || cloneAt !== void 0 || backTo !== void 0) return {
		applied: "reset",
		changed: true
	};
	if (verdict.damaged) return {
		applied: "damaged",
		changed
	};
	const streams = await tx.objectStore("streams").getAll();
	if (!reply.more && streams.every((each) => each.acked >= heldBy(each))) return {
		applied: "applied_all",
		changed
	};
	const fresh = streams.some((each) => each.sealed < heldBy(each));
	return {
		applied: changed || fresh ? "applied_more" : "stalled",
		changed
	};
}
async function noteAnswer(tx, reply, times, clock) {
	const sync = await getSyncMeta(tx);
	const middleMs = (times.sentMs + times.receivedMs) / 2;
	await putMeta(tx, {
		...sync,
		offset: {
			ms: Math.round(reply.serverMs - middleMs),
			measuredMs: times.receivedMs
		}
	});
	await putMeta(tx, {
		key: "status",
		reachable: true,
		lastSyncMs: clock.nowMs()
	});
}
async function storeReceipts(tx, request, reply, verdict) {
	for (const { segment, level, setAside } of verdict.taken) {
		await putReceipt(tx, segment, reply.serverMs, level);
		for (const [seq, code] of setAside) await tx.objectStore("set_aside").put({
			stream: request.stream,
			seq,
			code
		});
	}
}
/** What the root took, of which kinds, and when by its clock. */
async function putReceipt(tx, segment, receivedMs, level) {
	const { stream, scope, first, n } = segment;
	const kinds = {};
	for (const event of await tx.objectStore("events").getAll(numbersOf(stream, first, first + n))) {
		const kind = kindName(event.kind);
		kinds[kind] = (kinds[kind] ?? 0) + 1;
	}
	await tx.objectStore("receipts").put({
		stream,
		first,
		n,
		scope,
		receivedMs,
		level,
		kinds
	});
}
async function ackedOfCurrent(tx) {
	const meta = await getPersonMeta(tx);
	const current = await tx.objectStore("streams").get(meta.current);
	return {
		stream: meta.current,
		acked: current?.acked ?? 0
	};
}
async function nextGeneration(tx) {
	const meta = await getPersonMeta(tx);
	await putMeta(tx, {
		...meta,
		generation: meta.generation + 1
	});
}
/** The last exchange did not bring an answer; kept so that every tab says the same. */
async function noteFailure(db, change) {
	await db.write(["meta"], async (tx) => {
		const { problem: _, ...status } = await getStatus(tx);
		await putMeta(tx, {
			...status,
			...change
		});
	});
	announce(["sync"]);
}
// src/domain/segment-hash.ts
/** The hash that chains a stream's segments; the formula stands in docs/sync-protocol.md. Pure. */
async function segmentHash(digest, segment, body) {
	const scope = utf8(segment.scope);
	return await h16(digest, join(utf8("xuetan-segment/1\0"), fromBase64url(segment.stream), new Uint8Array([scope.length]), scope, u32be(segment.first), u32be(segment.n), segment.prev === "" ? /* @__PURE__ */ new Uint8Array(16) : fromBase64url(segment.prev), await digest(body)));
}
// src/sync/damaged-bytes.ts
/** True when a stored segment no longer matches its hash, and its stream was left; false when the damage happened on the way. */
async function leaveDamagedBytes(db, segments, random) {
	for (const segment of segments) {
		if (await segmentHash(digest, segment, segment.body) === segment.hash) continue;
		await db.write(ROTATE_STORES, async (tx) => {
			const stream = await tx.objectStore("streams").get(segment.stream);
			await rotate(tx, segment.stream, stream?.acked ?? 0, random);
		});
		announce(["events", "sync"]);
		return true;
	}
	return false;
}
var SYNC_REQUEST_BYTES_MAX = 1048576;
var SYNC_HEADER_BYTES_MAX = 65536;
var PULL_BYTES_MIN = 8192;
var PULL_BYTES_MAX = 1048576;
// src/sync/frame.ts
function encodeFrame(header, bodies) {
	if (header.segs.length !== bodies.length || header.segs.some((segment, index) => segment.len !== bodies[index]?.length)) throw new Error("header and bodies differ");
	for (const [index, segment] of header.segs.entries()) {
		const before = header.segs[index - 1];
		if (before !== void 0 && (segment.first !== before.first + before.n || segment.prev !== before.hash)) throw new Error("segments of one request follow one another");
	}
	const text = utf8(JSON.stringify(header));
	return join(u32le(text.length), text, ...bodies);
}
// src/sync/push.ts
/**
* What the next request says: which segments, which cursors. Owns rule S5 of SPEC.md and the sizes. Reads only.
*/
async function planRequest(db, sizes, clock, app) {
	return await db.read([
		"meta",
		"streams",
		"segments"
	], async (tx) => {
		const meta = await getPersonMeta(tx);
		const sync = await getSyncMeta(tx);
		const streams = (await tx.objectStore("streams").getAll()).sort((left, right) => left.order - right.order);
		const stream = streams.find((candidate) => candidate.acked < Math.min(candidate.sealed, heldBy(candidate))) ?? streams.find((candidate) => candidate.stream === meta.current);
		if (stream === void 0) throw new Error("there is no current stream");
		const range = numbersOf(stream.stream, stream.acked, heldBy(stream));
		const segments = within(sizes, await tx.objectStore("segments").getAll(range, Math.min(sizes.segments, 64)));
		const header = makeHeader(stream, sync, segments, sizes, clock.nowMs(), app);
		return {
			stream: stream.stream,
			generation: meta.generation,
			epoch: sync.epoch,
			segments,
			cursors: sync.cursors,
			frame: encodeFrame(header, segments.map((segment) => segment.body))
		};
	});
}
function within(sizes, segments) {
	const room = Math.min(sizes.pushBytes, SYNC_REQUEST_BYTES_MAX - SYNC_HEADER_BYTES_MAX);
	const taken = [];
	let bytes = 0;
	for (const segment of segments) {
		bytes += segment.body.length;
		if (taken.length > 0 && bytes > room) break;
		taken.push(segment);
	}
	return taken;
}
function makeHeader(stream, sync, segments, sizes, nowMs, app) {
	return {
		v: 1,
		stream: stream.stream,
		head: heldBy(stream),
		segs: segments.map(({ scope, first, n, prev, hash, body }) => ({
			scope,
			first,
			n,
			prev,
			hash,
			len: body.length
		})),
		cur: sync.follow.flatMap(({ number }) => {
			const position = sync.cursors[number] ?? 0;
			return position > 0 ? [[number, position]] : [];
		}),
		follow: sync.followVersion,
		...sync.epoch === void 0 ? {} : { epoch: sync.epoch },
		max: sizes.pullBytes,
		...sync.offset === void 0 ? {} : { clk: [
			nowMs,
			sync.offset.ms,
			Math.max(0, nowMs - sync.offset.measuredMs)
		] },
		app
	};
}
// src/sync/reply.ts
/** Undefined when this is not an answer of the protocol. */
function readReply(value) {
	const raw = value;
	if (raw === null || typeof raw !== "object" || typeof raw.epoch !== "string" || !isNatural(raw.t)) return void 0;
	const follow = raw.follow === void 0 ? void 0 : readFollow(raw.follow);
	if (raw.follow !== void 0 && follow === void 0) return void 0;
	const entries = raw.entries ?? [];
	const cursors = raw.cur ?? [];
	if (!Array.isArray(entries) || !entries.every(isEntry) || !Array.isArray(cursors) || !cursors.every(isPair)) return void 0;
	return {
		epoch: raw.epoch,
		serverMs: raw.t,
		...isNatural(raw.next) ? { next: raw.next } : {},
		...isNatural(raw.safe) ? { safe: raw.safe } : {},
		acks: Array.isArray(raw.acks) ? raw.acks.map(readAck) : [],
		...follow === void 0 ? {} : { follow },
		entries,
		cursors,
		more: raw.more === true
	};
}
function readAck(value) {
	const [kind, detail] = Array.isArray(value) ? value : [];
	if (kind === "ok" || kind === "dup") return {
		kind,
		setAside: Array.isArray(detail) ? detail.filter(isSetAside) : []
	};
	if (kind === "aside") return {
		kind,
		code: typeof detail === "string" ? detail : "unreadable_segment"
	};
	if ((kind === "gap" || kind === "fork") && isNatural(detail)) return {
		kind,
		next: detail
	};
	return { kind: kind === "damaged" ? "damaged" : "unknown" };
}
function readFollow(value) {
	if (!Array.isArray(value) || !isNatural(value[0]) || !Array.isArray(value[1])) return void 0;
	const list = [];
	for (const item of value[1]) {
		if (!Array.isArray(item) || !isNatural(item[0]) || typeof item[1] !== "string") return void 0;
		list.push({
			number: item[0],
			scope: item[1],
			role: typeof item[2] === "string" ? item[2] : ""
		});
	}
	return {
		version: value[0],
		list
	};
}
function isEntry(value) {
	const entry = value;
	if (entry === null || typeof entry !== "object" || !isNatural(entry.r) || !isNatural(entry.p)) return false;
	if (entry.s !== void 0) return typeof entry.s === "string" && isNatural(entry.f) && isNatural(entry.n);
	return typeof entry.k === "string" && typeof entry.key === "string";
}
function isPair(value) {
	return Array.isArray(value) && value.length === 2 && isNatural(value[0]) && isNatural(value[1]);
}
function isSetAside(value) {
	return Array.isArray(value) && isNatural(value[0]) && typeof value[1] === "string";
}
function isNatural(value) {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
// src/sync/retry.ts
/** How long to wait before trying again: a random part of a doubling span (full jitter). Pure; chance is passed in. */
var SPAN_MS_FIRST = 1e3;
var WAIT_MS_MAX = 6e4;
/** `failure` counts from 1; `askedMs` is what the server asked for with Retry-After. */
function retryDelayMs(failure, fraction, askedMs = 0) {
	const span = SPAN_MS_FIRST * 2 ** Math.min(failure - 1, 10);
	return Math.min(WAIT_MS_MAX, Math.max(askedMs, Math.round(span * fraction)));
}
// src/sync/sizes.ts
/**
* How much goes in one request: doubles when it went well, shrinks when it did not. Owns the rule that every connection makes progress, however
* short it lives: the first request of each is small, and what a line proved too short for is not tried again at once. Pure.
*/
/** One segment. */
var START = PULL_BYTES_MIN;
/** What a line that had grown silent is trusted with more after each answer. */
var STEP = START / 4;
function firstSizes() {
	return {
		segments: 64,
		pushBytes: START,
		pullBytes: START,
		bytesMax: SYNC_REQUEST_BYTES_MAX
	};
}
function afterSuccess({ segments, pushBytes, pullBytes, bytesMax }) {
	return {
		segments: Math.min(64, segments * 2),
		pushBytes: Math.min(bytesMax, pushBytes * 2),
		pullBytes: Math.min(bytesMax, PULL_BYTES_MAX, pullBytes * 2),
		bytesMax: Math.min(SYNC_REQUEST_BYTES_MAX, bytesMax + STEP)
	};
}
/** Half as many segments; the bytes are left alone, for a segment itself never changes. */
function afterTooLarge(sizes, sent) {
	return {
		...sizes,
		segments: Math.max(1, Math.floor(sent / 2))
	};
}
/**
* No answer came: small pieces again. Silence to a request that had grown says that the line does not live long enough for it; silence to a
* first one says only that there is no line.
*/
function afterSilence({ segments, pushBytes, bytesMax }) {
	return {
		segments,
		pushBytes: START,
		pullBytes: START,
		bytesMax: pushBytes > START ? Math.max(START, pushBytes / 2) : bytesMax
	};
}
// src/sync/state.ts
var NEVER = Object.fromEntries([
	"triggered",
	"sealed",
	"answered",
	"unreachable",
	"busy",
	"too_large",
	"unauthorised",
	"revoked",
	"unsupported",
	"refused",
	"applied_more",
	"applied_all",
	"reset",
	"stalled",
	"renewed",
	"not_renewed",
	"waited",
	"signed_in",
	"failed"
].map((happening) => [happening, "never"]));
function row(stay, cells) {
	return {
		...NEVER,
		triggered: stay,
		signed_in: stay,
		failed: "resting",
		...cells
	};
}
var TRANSITIONS = {
	resting: row("resting", { triggered: "sealing" }),
	sealing: row("sealing", { sealed: "exchanging" }),
	exchanging: row("exchanging", {
		answered: "applying",
		unreachable: "backing_off?",
		busy: "backing_off?",
		too_large: "sealing?",
		unauthorised: "renewing?",
		revoked: "signed_out",
		unsupported: "outdated",
		refused: "resting"
	}),
	applying: row("applying", {
		applied_more: "sealing?",
		applied_all: "resting",
		reset: "sealing?",
		stalled: "backing_off?"
	}),
	renewing: row("renewing", {
		unreachable: "backing_off?",
		busy: "backing_off?",
		revoked: "signed_out",
		unsupported: "outdated",
		refused: "resting",
		renewed: "sealing",
		not_renewed: "signed_out"
	}),
	backing_off: row("backing_off", { waited: "sealing" }),
	signed_out: row("signed_out", {
		signed_in: "resting",
		failed: "signed_out"
	}),
	outdated: row("outdated", {
		triggered: "sealing",
		failed: "outdated"
	})
};
var BOUNDS = {
	exchanges: 400,
	failures: 4,
	halvings: 6,
	resets: 6,
	renewals: 1
};
function atRest() {
	return {
		state: "resting",
		exchanges: 0,
		failures: 0,
		halvings: 0,
		resets: 0,
		renewals: 0
	};
}
/** Throws when the happening cannot be in this state: that is a bug, not a condition of the network. */
function step(machine, happening) {
	const cell = TRANSITIONS[machine.state][happening];
	if (cell === "never") throw new Error(`${happening} cannot happen while ${machine.state}`);
	if (happening === "triggered" && cell === "sealing") return {
		...atRest(),
		state: "sealing"
	};
	const counted = count(machine, happening);
	const bounded = cell.endsWith("?");
	if (bounded && isSpent(counted)) return {
		...counted,
		state: "resting"
	};
	return {
		...counted,
		state: bounded ? cell.slice(0, -1) : cell
	};
}
function count(machine, happening) {
	switch (happening) {
		case "sealed": return {
			...machine,
			exchanges: machine.exchanges + 1
		};
		case "unreachable":
		case "busy":
		case "stalled": return {
			...machine,
			failures: machine.failures + 1
		};
		case "too_large": return {
			...machine,
			halvings: machine.halvings + 1
		};
		case "reset": return {
			...machine,
			resets: machine.resets + 1,
			failures: 0
		};
		case "unauthorised": return {
			...machine,
			renewals: machine.renewals + 1
		};
		case "applied_more": return {
			...machine,
			failures: 0
		};
		default: return machine;
	}
}
function isSpent(machine) {
	return Object.keys(BOUNDS).some((bound) => bound === "exchanges" ? machine.exchanges >= BOUNDS.exchanges : machine[bound] > BOUNDS[bound]);
}
// src/sync/engine.ts
/**
* One run of the engine: it walks the machine of state.ts, doing what each state says. Owns rule S16 of SPEC.md (one run at a time) and
* the bridge from what happened on the line to the machine. When to run is the scheduler's.
*/
var SyncEngine = class {
	constructor(parts) {
		this.machine = atRest();
		this.sizes = firstSizes();
		this.askedMs = 0;
		this.parts = parts;
	}
	get running() {
		return !isAtRest(this.machine);
	}
	/** Asks for a run; resolves when it ended. A second ask while one waits for the lock is the same ask; one while it runs is another. */
	async run() {
		this.waiting ??= this.queue();
		await this.waiting;
	}
	async queue() {
		let begun = false;
		const begin = async () => {
			begun = true;
			this.waiting = void 0;
			await this.runAlone();
		};
		try {
			await this.parts.locks.exclusive(`xuetan-sync-${this.parts.person}`, "wait", begin);
		} finally {
			if (!begun) this.waiting = void 0;
		}
	}
	/** Ends a wait between two tries, for the button and a line that came back. */
	hurry() {
		this.wake?.();
	}
	signedIn() {
		this.machine = step(this.machine, "signed_in");
	}
	async runAlone() {
		this.machine = step(this.machine, "triggered");
		announce(["sync"]);
		while (!isAtRest(this.machine)) {
			let happening;
			try {
				happening = await this.perform();
			} catch (error) {
				happening = "failed";
				await this.noteStorage(error);
			}
			this.machine = step(this.machine, happening);
		}
		announce(["sync"]);
	}
	async perform() {
		switch (this.machine.state) {
			case "sealing":
				await this.parts.seal(this.parts.db);
				return "sealed";
			case "exchanging": return await this.exchange();
			case "applying": return await this.apply();
			case "renewing": return await this.renew();
			case "backing_off": return await this.backOff();
			default: throw new Error(`nothing to do while ${this.machine.state}`);
		}
	}
	async exchange() {
		const { db, transport, credential, clock, app } = this.parts;
		this.request = await planRequest(db, this.sizes, clock, app);
		const exchange = await transport.exchange(this.request.frame, await credential.token());
		return await this.judge(exchange, this.request);
	}
	async judge(exchange, request) {
		const { db } = this.parts;
		switch (exchange.kind) {
			case "answered": {
				const reply = readReply(exchange.reply);
				if (reply === void 0) return await this.failed("busy", {
					reachable: false,
					problem: "server"
				});
				this.answer = {
					reply,
					times: exchange
				};
				this.sizes = afterSuccess(this.sizes);
				return "answered";
			}
			case "unreachable":
				this.sizes = afterSilence(this.sizes);
				return await this.failed("unreachable", { reachable: false });
			case "busy":
				this.askedMs = exchange.retryAfterMs ?? 0;
				return await this.failed("busy", {
					reachable: false,
					problem: "server"
				});
			case "too_large":
				if (request.segments.length <= 1) return await this.failed("busy", {
					reachable: true,
					problem: "server"
				});
				this.sizes = afterTooLarge(this.sizes, request.segments.length);
				return "too_large";
			case "unauthorised":
				await noteFailure(db, {
					reachable: true,
					problem: "server"
				});
				return "unauthorised";
			case "revoked": return await this.failed("revoked", {
				reachable: true,
				problem: "device_revoked"
			});
			case "unsupported": return await this.failed("unsupported", {
				reachable: true,
				problem: "update_required"
			});
			case "refused": return await this.failed("refused", {
				reachable: true,
				problem: "server"
			});
		}
	}
	async apply() {
		const { db, random, clock } = this.parts;
		const [request, answer] = [this.request, this.answer];
		if (request === void 0 || answer === void 0) throw new Error("there is no answer to apply");
		const applied = await applyReply(db, request, answer.reply, answer.times, {
			random,
			clock
		});
		if (applied !== "damaged") return applied;
		return await leaveDamagedBytes(db, request.segments, random) ? "reset" : "stalled";
	}
	async renew() {
		const renewal = await this.parts.credential.renew();
		switch (renewal) {
			case "renewed": return "renewed";
			case "revoked": return await this.failed("revoked", {
				reachable: true,
				problem: "device_revoked"
			});
			case "refused": return await this.failed("not_renewed", {
				reachable: true,
				problem: "sign_in_required"
			});
			default: return await this.failed(renewal, { reachable: false });
		}
	}
	async backOff() {
		const { timers, random } = this.parts;
		const delayMs = retryDelayMs(this.machine.failures, random.fraction(), this.askedMs);
		this.askedMs = 0;
		await new Promise((resolve) => {
			const cancel = timers.after(delayMs, resolve);
			this.wake = () => {
				cancel();
				resolve();
			};
		});
		this.wake = void 0;
		return "waited";
	}
	async failed(happening, status) {
		await noteFailure(this.parts.db, status);
		return happening;
	}
	async noteStorage(error) {
		if (error instanceof StorageError && error.code === "closed") return;
		console.error("the sync engine stopped", error);
		const problem = error instanceof StorageError && error.code === "full" ? "storage_full" : "server";
		await noteFailure(this.parts.db, { problem }).catch(() => void 0);
	}
};
function isAtRest(machine) {
	return machine.state === "resting" || machine.state === "signed_out" || machine.state === "outdated";
}
// src/domain/encode-columns.ts
/**
* The writing of a segment's events as columns, byte for byte as the server writes them. Comes with the second chunk: what only seals is not
* needed to show anything. Pure. Invariant: `decodeColumns` gives the same events back.
*/
function encodeColumns(events) {
	const u = [
		1e3,
		100,
		10
	].find((unit) => events.every(({ ts }) => ts % unit === 0)) ?? 1;
	const numbers = /* @__PURE__ */ new Map();
	const s = [];
	const i = events.map(({ kind, payload }) => {
		const names = Object.keys(payload);
		const place = placeOf(numbers, JSON.stringify([kind, ...names]));
		if (place === s.length) s.push(writeShape(kind, names));
		return place;
	});
	const { forms, shapes } = layOut(s);
	const values = forms.map(() => []);
	events.forEach(({ payload }, index) => {
		shapes[i[index]]?.columns.forEach((column, field) => values[column]?.push(Object.values(payload)[field]));
	});
	const x = [];
	const d = values.map((column, at) => {
		if (forms[at] === "#") return column;
		const places = /* @__PURE__ */ new Map();
		const different = [];
		const picks = column.map((value) => {
			const place = placeOf(places, JSON.stringify(value));
			if (place === different.length) different.push(value);
			return place;
		});
		const length = idLength(forms[at]);
		const areIds = different.every((value) => typeof value === "string" && value.length === length && /^[\w-]+$/.test(value));
		x.push(areIds ? different.join("") : different);
		return different.length === 1 || different.length === column.length ? [] : picks;
	});
	const o = events.flatMap(({ origin }, index) => origin ? [[
		index,
		origin.stream,
		origin.seq,
		origin.hash
	]] : []);
	const t = events.map(({ ts }, index) => (ts - (events[index - 1]?.ts ?? 0)) / u);
	return {
		v: 1,
		...u > 1 ? { u } : {},
		t,
		s,
		i,
		d,
		x,
		...o.length > 0 ? { o } : {}
	};
}
function placeOf(places, key) {
	const place = places.get(key) ?? places.size;
	places.set(key, place);
	return place;
}
/** The shortest spelling of a kind with the names of its fields. */
function writeShape(kind, names) {
	const number = kinds.findIndex((each) => each.kind === kind);
	if (number < 0) return [kind, ...names];
	const { usual } = kinds[number];
	const own = usual.map((each) => fields[each]?.name);
	if (own.join() === names.join()) return number;
	return [number, ...names.map((name) => {
		const place = own.indexOf(name);
		const found = place < 0 ? fields.findIndex((field) => field.name === name) : usual[place];
		return found < 0 ? name : found;
	})];
}
// src/sync/seal.ts
/**
* Events become segments: bytes that are stored before they are sent and never change. Owns rule S4 of SPEC.md.
* Compression can only be awaited outside a transaction, so the storing transaction looks again that nobody sealed meanwhile.
*/
/** Seals everything that was appended to open streams; the number of new segments. */
async function sealAll(db) {
	let made = 0;
	for (;;) {
		const found = await nextUnsealed(db);
		if (found === void 0) return made;
		const segment = await makeSegment(found.stream, found.events);
		if (await storeSegment(db, found.stream, segment)) made += 1;
	}
}
/** The cut: events of one scope, as many as stay within the target and within what the root inflates, at least one. */
async function cutBody(events) {
	const scope = events[0]?.scope;
	const end = events.findIndex((event) => event.scope !== scope);
	const run = events.slice(0, Math.min(end === -1 ? events.length : end, 500));
	const whole = await encodeBody(run);
	if (whole !== void 0) return {
		n: run.length,
		body: whole
	};
	let [fits, tooMany] = [1, run.length];
	let best = await toBody(run.slice(0, 1));
	while (tooMany - fits > 1) {
		const middle = Math.floor((fits + tooMany) / 2);
		const body = await encodeBody(run.slice(0, middle));
		if (body !== void 0) [fits, best] = [middle, body];
		else tooMany = middle;
	}
	return {
		n: fits,
		body: best
	};
}
/** The body, or undefined where it would be too much for one segment, packed or unpacked. */
async function encodeBody(events) {
	if (JSON.stringify(events).length * 3 > 1048576) return void 0;
	const body = await toBody(events);
	return body.length <= 8192 ? body : void 0;
}
/** The text's length in three bytes, then the text, deflated. */
async function toBody(events) {
	const text = utf8(JSON.stringify(encodeColumns(events)));
	return join(u32be(text.length).subarray(1), await deflate(text));
}
async function nextUnsealed(db) {
	return await db.read(["streams", "events"], async (tx) => {
		const stream = (await tx.objectStore("streams").getAll()).find((candidate) => candidate.limit === void 0 && candidate.sealed < candidate.next);
		if (stream === void 0) return void 0;
		const range = numbersOf(stream.stream, stream.sealed, stream.next);
		const events = await tx.objectStore("events").getAll(range, 500);
		if (events[0]?.seq !== stream.sealed) throw new Error("an event is missing before the seal");
		return {
			stream,
			events
		};
	});
}
async function makeSegment(stream, events) {
	const { n, body } = await cutBody(events);
	const identity = {
		stream: stream.stream,
		scope: events[0].scope,
		first: stream.sealed,
		n,
		prev: stream.chain
	};
	return {
		...identity,
		hash: await segmentHash(digest, identity, body),
		body
	};
}
async function storeSegment(db, seen, segment) {
	return await db.write(["streams", "segments"], async (tx) => {
		const stream = await tx.objectStore("streams").get(seen.stream);
		if (stream === void 0 || stream.limit !== void 0 || stream.sealed !== seen.sealed || stream.chain !== seen.chain) return false;
		await tx.objectStore("segments").add(segment);
		await tx.objectStore("streams").put({
			...stream,
			sealed: segment.first + segment.n,
			chain: segment.hash
		});
		return true;
	});
}
// simulation/tab.ts
/**
* One tab of a phone: the real database, append and engine, with ports that the world holds. Owns what can happen to a tab: it is killed before or
* after a commit, the disk is full, another tab's transaction comes in between.
*/
var NO_DISK_FAULTS = {
	killedBefore: 0,
	killedAfter: 0,
	full: 0
};
var TabDatabase = class extends Database {
	tab;
	constructor(name, tab) {
		super(name, PERSON_MIGRATIONS);
		this.tab = tab;
	}
	async read(stores, work) {
		if (this.tab.dead) return await this.tab.phone.world.activities.never();
		return await super.read(stores, work);
	}
	async write(stores, work) {
		const { phone } = this.tab;
		const { activities, chance } = phone.world;
		const faults = phone.disk;
		if (activities.running > 1) for (let turns = chance.below(4); turns > 0; turns -= 1) await nextTurn();
		if (!this.tab.dead && chance.chance(faults.killedBefore)) this.tab.kill();
		if (this.tab.dead) return await activities.never();
		const full = chance.chance(faults.full);
		const result = await super.write(stores, async (tx) => {
			const done = await work(tx);
			if (full) throw new DOMException("the disk is full", "QuotaExceededError");
			return done;
		});
		if (!this.tab.dead && chance.chance(faults.killedAfter)) this.tab.kill();
		if (this.tab.dead) return await activities.never();
		return result;
	}
};
var Tab = class {
	phone;
	db;
	engine;
	dead = false;
	number;
	queued = false;
	constructor(phone, number) {
		this.phone = phone;
		this.number = number;
		this.db = new TabDatabase(phone.database, this);
		const { world, clock } = phone;
		const api = new ApiClient(this.fetch(), { after: () => () => void 0 });
		this.engine = new SyncEngine({
			person: phone.person.person,
			db: this.db,
			seal: sealAll,
			transport: httpTransport(api, clock),
			credential: {
				token: async () => phone.token,
				renew: async () => phone.renew()
			},
			clock,
			random: world.chance,
			timers: this.timers(),
			locks: this.locks(),
			app: "simulation"
		});
	}
	async save(events) {
		await append(this.db, this.phone.clock, events);
	}
	/** A second ask while one waits for the lock is the same ask. */
	sync() {
		if (this.queued) return;
		this.phone.world.activities.begin(async () => await this.engine.run());
	}
	/** Nothing of it goes on; what it had committed stays. */
	kill() {
		this.dead = true;
		this.phone.closed(this);
		this.db.close();
	}
	isAlive = () => !this.dead;
	fetch() {
		return async (_path, init) => {
			const token = new Headers(init?.headers).get("Authorization")?.replace("Bearer ", "") ?? "";
			const frame = init?.body;
			const { world } = this.phone;
			const answer = await world.activities.parked(this.isAlive, (settle) => world.air.take({
				phone: this.phone,
				frame,
				token,
				settle
			}));
			if (answer === void 0) throw new TypeError("no line");
			return answer;
		};
	}
	timers() {
		const { world } = this.phone;
		return { after: (_delayMs, work) => {
			const { activities, timers } = world;
			activities.running -= 1;
			const timer = () => {
				if (!timers.delete(timer) || this.dead) return;
				activities.running += 1;
				work();
			};
			timers.add(timer);
			return () => {
				if (timers.delete(timer) && !this.dead) activities.running += 1;
			};
		} };
	}
	locks() {
		const { phone } = this;
		return { exclusive: async (person, _mode, work) => {
			const name = phone.hasLocks ? person : `${person} of tab ${this.number}`;
			this.queued = true;
			await phone.takeLock(name, this, this.isAlive);
			this.queued = false;
			try {
				return await work();
			} finally {
				phone.freeLock(name, this);
			}
		} };
	}
};
// simulation/phone.ts
/**
* A phone of one person: tabs over one database. Owns what can happen to it as a whole: copied, put back, wiped, shut out, signed in again.
*/
var STORES = [
	"meta",
	"streams",
	"events",
	"segments",
	"entries",
	"rows",
	"receipts",
	"set_aside"
];
var Phone = class {
	world;
	name;
	person;
	clock;
	/** The name of its database; another one after a wipe. */
	database;
	device;
	token;
	disk = NO_DISK_FAULTS;
	/** Something happened to it after which a stream may end: copied, put back, another device. */
	mayFork = false;
	hasLocks;
	tabs = [];
	lockQueues = /* @__PURE__ */ new Map();
	wipes = 0;
	opened = 0;
	constructor(world, name, person, device, token) {
		this.world = world;
		this.name = this.database = name;
		this.person = person;
		this.device = device;
		this.token = token;
		this.hasLocks = !world.chance.chance(.35);
		this.clock = wrongClock(world, (world.chance.below(7) - 3) * 365 * 864e5 + world.chance.below(1e6));
	}
	/** As the app starts: the database is prepared and belongs to the device that is signed in. */
	async start() {
		const db = this.plain();
		await prepareDatabase(db, this.person.person, this.device, this.world.chance);
		await adoptDevice(db, this.device, this.world.chance);
		db.close();
		this.openTab();
	}
	openTab() {
		this.opened += 1;
		const tab = new Tab(this, this.opened);
		this.tabs.push(tab);
		return tab;
	}
	anyTab() {
		return this.tabs.length === 0 ? this.openTab() : this.world.chance.pick(this.tabs);
	}
	closed(tab) {
		this.tabs = this.tabs.filter((other) => other !== tab);
		for (const [name, queue] of this.lockQueues) {
			const held = queue[0]?.tab === tab;
			const left = queue.filter((waiting) => waiting.tab !== tab);
			this.lockQueues.set(name, left);
			if (held) left[0]?.go(void 0);
		}
	}
	closeAll() {
		for (const tab of [...this.tabs]) tab.kill();
	}
	async takeLock(name, tab, isAlive) {
		const queue = this.lockQueues.get(name) ?? [];
		this.lockQueues.set(name, queue);
		if (queue.length === 0) {
			queue.push({
				tab,
				go: () => void 0
			});
			return;
		}
		await this.world.activities.parked(isAlive, (go) => queue.push({
			tab,
			go
		}));
	}
	freeLock(name, tab) {
		const queue = this.lockQueues.get(name);
		if (queue?.[0]?.tab !== tab) return;
		queue.shift();
		queue[0]?.go(void 0);
	}
	renew() {
		if (this.world.chance.chance(this.world.air.faults.lostRequest)) return "unreachable";
		const { status, code, token } = this.world.ask({
			op: "renew",
			device: this.device
		});
		if (status === 200 && token !== void 0) {
			this.token = token;
			return "renewed";
		}
		if (code === "device_revoked") return "revoked";
		return status === 401 || status === 403 ? "refused" : "busy";
	}
	/** True when the app says so: only the code helps. */
	async isSignedOut() {
		const status = await this.withPlain(async (db) => await db.read(["meta"], getStatus));
		return status.problem === "sign_in_required" || status.problem === "device_revoked";
	}
	/** With the printed code: as the device it was, or as another one when that was shut out. */
	async signIn() {
		const { world, person } = this;
		let told = world.ask({
			op: "enrol",
			name: person.name,
			device: this.device
		});
		if (told.status !== 200) told = world.ask({
			op: "enrol",
			name: person.name
		});
		if (told.status !== 200) return;
		if (this.device !== told.device) this.mayFork = true;
		this.device = told.device;
		this.token = told.token;
		this.closeAll();
		await this.start();
	}
	/** The browser cleared its store; the person signs in on what is now an empty phone. */
	async wipe() {
		this.closeAll();
		this.wipes += 1;
		this.database = `${this.name}-${this.wipes}`;
		await this.start();
	}
	async dump() {
		return await this.withPlain(async (db) => {
			const dump = /* @__PURE__ */ new Map();
			await db.read(STORES, async (tx) => {
				for (const store of STORES) dump.set(store, await tx.objectStore(store).getAll());
			});
			return dump;
		});
	}
	/** The store is as it was, whatever happened since. */
	async load(dump) {
		this.closeAll();
		this.mayFork = true;
		await this.withPlain(async (db) => {
			await db.write(STORES, async (tx) => {
				for (const store of STORES) {
					await tx.objectStore(store).clear();
					for (const value of dump.get(store) ?? []) await tx.objectStore(store).put(structuredClone(value));
				}
			});
		});
		await this.start();
	}
	async withPlain(work) {
		const db = this.plain();
		try {
			return await work(db);
		} finally {
			db.close();
		}
	}
	plain() {
		return new Database(this.database, PERSON_MIGRATIONS);
	}
};
/** Years off, and sometimes off by more. */
function wrongClock(world, offsetMs) {
	let looks = 0;
	let off = offsetMs;
	return {
		nowMs: () => world.nowMs + off + (looks += 1),
		monotonicMs: () => world.nowMs + (looks += 1),
		jump: (ms) => {
			off += ms;
		}
	};
}
// simulation/watch.ts
/** What must hold at every moment: of every answer of the root, and of every phone between two steps. Owns the list of what was broken. */
var Watch = class {
	found = [];
	world;
	constructor(world) {
		this.world = world;
	}
	broken(kind, what) {
		this.found.push(`${kind} ${what}`);
	}
	/** Nobody is sent what was written for a scope in which they never had a role, what must be set aside, or what nobody wrote. */
	answered(phone, text) {
		const answer = JSON.parse(text);
		for (const entry of answer.entries ?? []) {
			if (!isColumns(entry.d)) continue;
			for (const event of decodeColumns(entry.d)) {
				const fact = this.world.truth.facts.get(tokenOf(event.payload));
				if (fact === void 0) this.broken("LEAKED", `${phone.name} was sent what nobody wrote`);
				else if (fact.by !== entry.by) this.broken("LEAKED", `${phone.name} was sent ${fact.token} under another's name`);
				else if (fact.fate === "aside") this.broken("LEAKED", `${phone.name} was sent ${fact.token}, which was to be set aside`);
				else if (!this.world.truth.hasRead(fact.scope, phone.person.person)) this.broken("LEAKED", `${phone.name} was sent ${fact.token} of ${fact.scope}`);
			}
		}
	}
	/** What was saved is there; what is acknowledged is at the root. */
	async phone(phone) {
		const { epoch, streams, tokens } = await phone.withPlain(async (db) => await db.read([
			"meta",
			"streams",
			"events"
		], async (tx) => {
			const meta = await tx.objectStore("meta").get("sync");
			return {
				epoch: meta?.key === "sync" ? meta.epoch : void 0,
				streams: await tx.objectStore("streams").getAll(),
				tokens: new Set((await tx.objectStore("events").getAll()).map((event) => tokenOf(event.payload)))
			};
		}));
		for (const token of this.world.truth.heldBy(phone.name)) if (!tokens.has(token)) this.broken("LOST", `${phone.name} no longer has ${token}, which it had saved`);
		for (const stream of streams) {
			const held = stream.limit ?? stream.next;
			if (!(0 <= stream.acked && stream.acked <= stream.sealed && stream.sealed <= held && held <= stream.next)) this.broken("BOOKS", `${phone.name} ${JSON.stringify(stream)}`);
		}
		const told = this.world.ask({
			op: "streams",
			streams: streams.map(({ stream }) => stream)
		});
		if (told.epoch !== epoch) return;
		for (const { stream, acked } of streams) {
			const next = told.streams[stream]?.[2] ?? 0;
			if (acked > next) this.broken("ACKED", `${phone.name} believes ${acked} of ${stream} to be received, the root has ${next}`);
		}
	}
};
// simulation/writing.ts
var THING = "AAAAAAAAAAAAAAAA";
var VERSION = "AAAAAAAAAAAAAAAAAAAAAA";
var PLACE = {
	pack: "village-reading",
	version: 1,
	lesson: "ten-books"
};
/** Some events of one person, saved at once, of one or two scopes. */
async function writeSomething(world, phone, tab = phone.anyTab()) {
	const { chance } = world;
	const scopes = [chooseScope(world, phone), chooseScope(world, phone)];
	const events = [];
	const tokens = [];
	for (let count = 1 + chance.below(4); count > 0; count -= 1) {
		const scope = scopes[chance.chance(.8) ? 0 : 1];
		const draft = makeDraft(world, phone, scope);
		const token = `${phone.name}#${world.nextNumber()}`;
		tokens.push(token);
		world.truth.write(token, scope, phone.person.person, draft.fate);
		events.push({
			scope,
			kind: draft.kind,
			payload: {
				...draft.payload,
				token
			}
		});
	}
	phone.clock.jump(chance.below(1e5));
	world.activities.begin(async () => {
		try {
			await tab.save(events);
			world.truth.saved(tokens, phone.name);
		} catch (error) {
			if (error.name !== "StorageError") throw error;
		}
	});
}
function chooseScope(world, phone) {
	const { chance } = world;
	const { name, person } = phone.person;
	if (chance.chance(.03)) return chance.pick(["pub", `c:${world.cohort}`]);
	if (name.startsWith("mentor") && chance.chance(.85)) return `u:${chance.pick(world.teachers).person}`;
	if (name === "stranger" && chance.chance(.3)) return `u:${chance.pick(world.teachers).person}`;
	return `u:${person}`;
}
function makeDraft(world, phone, scope) {
	const { chance } = world;
	const text = "字".repeat(chance.below(60)) + (chance.chance(.02) ? noise(world, 9e3) : "");
	const message = {
		kind: "message_sent/1",
		payload: {
			message: THING,
			text
		},
		fate: "shown"
	};
	const opened = {
		kind: "lesson_opened/1",
		payload: PLACE,
		fate: "shown"
	};
	const later = {
		kind: "harvest_counted/3",
		payload: {
			sacks: chance.below(9),
			of: { what: "rice" }
		},
		fate: "shown"
	};
	const malformed = {
		kind: "lesson_opened/1",
		payload: {
			...PLACE,
			lesson: chance.pick([
				7,
				null,
				"Not A Slug"
			])
		},
		fate: "aside"
	};
	const feedback = {
		kind: "feedback_given/1",
		payload: {
			feedback: THING,
			entry: THING,
			ver: VERSION,
			verdict: "accept",
			text
		},
		fate: "shown"
	};
	const journal = {
		kind: "journal_saved/1",
		payload: {
			entry: THING,
			ver: VERSION,
			parents: [],
			text
		},
		fate: "shown"
	};
	const answered = {
		kind: "question_answered/1",
		payload: {
			...PLACE,
			attempt: THING,
			question: "q-1",
			kind: "single",
			answer: "a",
			score: 1,
			duration_ms: chance.below(9e4)
		},
		fate: "shown"
	};
	const { name, person } = phone.person;
	const own = scope === `u:${person}`;
	const drafts = own ? [
		opened,
		opened,
		answered,
		answered,
		journal,
		journal,
		message,
		later,
		malformed,
		{
			...feedback,
			fate: "aside"
		}
	] : [
		feedback,
		feedback,
		message,
		message,
		later,
		malformed,
		{
			...opened,
			fate: "aside"
		}
	];
	const draft = chance.pick(drafts);
	if (own || draft.fate === "aside") return draft;
	if (!scope.startsWith("u:") || name === "stranger" || name.startsWith("teacher")) return {
		...draft,
		fate: "aside"
	};
	return name === "mentor-b" ? {
		...draft,
		fate: "either"
	} : draft;
}
/** Text that no compression makes small. */
function noise(world, count) {
	return Array.from({ length: count }, () => String.fromCharCode(19968 + world.chance.below(2e4))).join("");
}
// simulation/world.ts
/**
* A seeded world: one root, people with phones, a line between them, and everything that goes wrong. Owns the schedule; nothing happens that the
* seed did not choose. The same seed gives the same run, to the byte.
*/
var ROUNDS_MAX = 14;
var World = class {
	chance;
	bridge;
	activities = new Activities();
	timers = /* @__PURE__ */ new Set();
	air;
	truth = new Truth();
	watch;
	phones = [];
	people = [];
	cohort = "";
	nowMs = 0;
	count = 0;
	extent;
	outcome;
	constructor(bridge, seed, extent) {
		this.extent = extent;
		this.bridge = bridge;
		this.chance = seeded(`world-${seed}`);
		this.air = new Air(this);
		this.watch = new Watch(this);
	}
	get teachers() {
		return this.people.filter((person) => person.name.startsWith("teacher"));
	}
	nextNumber() {
		this.count += 1;
		return this.count;
	}
	ask(question) {
		return this.bridge.ask({
			...question,
			now: this.nowMs
		}).header;
	}
	post(question, body) {
		return this.bridge.ask({
			...question,
			now: this.nowMs
		}, body);
	}
	holdings() {
		return this.ask({ op: "holdings" });
	}
	async begin(seed) {
		globalThis.indexedDB = new FDBFactory();
		const begun = this.ask({
			op: "begin",
			seed
		});
		this.people = begun.people;
		this.cohort = begun.cohort;
		this.nowMs = begun.now;
		for (const { name, person } of this.people) {
			for (const scope of [
				`u:${person}`,
				`p:${person}`,
				"pub"
			]) this.truth.mayRead(scope, person);
			for (const { person: teacher } of this.teachers) if (name === "mentor-a") this.truth.mayRead(`u:${teacher}`, person);
		}
		for (const name of this.extent.phones ?? this.people.map((person) => person.name)) await this.addPhone(name);
	}
	async addPhone(name) {
		const person = this.people.find((each) => each.name === name);
		const place = person.phones[this.phones.filter((phone) => phone.person === person).length];
		if (place === void 0 || this.phones.length >= this.extent.phonesMax) return void 0;
		const phone = new Phone(this, `${name}-${this.phones.length}`, person, place.device, place.token);
		this.phones.push(phone);
		await phone.start();
		return phone;
	}
	async run() {
		for (let step = 0; step < this.extent.steps && this.watch.found.length === 0; step += 1) {
			this.nowMs += this.chance.below(this.chance.chance(.04) ? 864e5 : this.extent.stepMs);
			if (step % 30 === 0) this.air.faults = this.chance.chance(.75) ? STORM : NO_LINE_FAULTS;
			const phone = this.chance.pick(this.chance.chance(.5) ? this.phones.slice(0, 3) : this.phones);
			if (this.air.busy && this.chance.chance(.6)) this.air.move();
			else if (this.timers.size > 0 && this.chance.chance(.5)) this.chance.pick([...this.timers])();
			else await this.act(phone);
			await this.activities.quiet();
			if (this.chance.chance(.15)) await this.watch.phone(phone);
		}
		await this.rest();
		if (this.watch.found.length === 0) this.outcome = await checkAtRest(this);
	}
	async act(phone) {
		const action = this.chance.below(100);
		if (action < 28) await writeSomething(this, phone);
		else if (action < 54) phone.anyTab().sync();
		else if (action < 63) await this.inSeveralTabs(phone);
		else if (action < 67) phone.openTab();
		else if (action < 70) phone.anyTab().kill();
		else if (action < 72) phone.disk = this.chance.chance(.5) ? NO_DISK_FAULTS : {
			killedBefore: .08,
			killedAfter: .08,
			full: .1
		};
		else if (action < 75) this.air.arriveLate();
		else if (action < 77) await this.clone(phone);
		else if (action < 79) await this.rewind(phone);
		else if (action < 80) await this.lose(phone, async () => await phone.wipe());
		else if (action < 82) await this.signInAgain(phone);
		else if (action < 84) phone.clock.jump((this.chance.below(5) - 2) * 400 * 864e5);
		else if (action < 87) this.writeRow();
		else if (action < 89) this.ask({ op: "back_up" });
		else if (action < 91) this.putBack();
		else if (action < 93) this.changePair();
		else if (action < 94) this.ask({
			op: "revoke",
			device: phone.device
		});
		else if (action < 95) this.ask({ op: "restart" });
		else if (action < 98) this.ask({ op: "project" });
		else for (const tab of phone.tabs) tab.engine.hurry();
	}
	/** Tabs of one phone save and sync at the same moment. */
	async inSeveralTabs(phone) {
		while (phone.tabs.length < 2) phone.openTab();
		for (const tab of phone.tabs) {
			if (this.chance.chance(.6)) await writeSomething(this, phone, tab);
			if (this.chance.chance(.6)) tab.sync();
		}
	}
	/** The whole profile on another phone: same key, same streams, two writers. */
	async clone(phone) {
		const copy = await this.addPhone(phone.person.name);
		if (copy === void 0) return;
		const dump = await phone.dump();
		phone.mayFork = true;
		if (this.chance.chance(.7)) [copy.device, copy.token] = [phone.device, phone.token];
		await copy.load(dump);
		await this.noteStore(copy);
	}
	/** The phone's storage is put back to an older state, some work later. */
	async rewind(phone) {
		const old = await phone.dump();
		await writeSomething(this, phone);
		phone.anyTab().sync();
		await this.activities.quiet();
		for (let moves = this.chance.below(8); moves > 0 && this.air.busy; moves -= 1) {
			this.air.move();
			await this.activities.quiet();
		}
		await this.lose(phone, async () => await phone.load(old));
	}
	/** Something may be gone from a phone's store; whether it was the last is looked up at the root. */
	async lose(phone, work) {
		await work();
		await this.noteStore(phone);
	}
	async noteStore(phone) {
		const events = (await phone.dump()).get("events");
		this.truth.replaced(phone.name, new Set(events.map((event) => tokenOf(event.payload))), tokensOf(this.holdings()));
	}
	async signInAgain(phone) {
		if (this.chance.chance(.3)) phone.device = "";
		await phone.signIn();
	}
	writeRow() {
		const body = this.chance.chance(.25) ? null : {
			slug: "a-pack",
			version: this.nextNumber(),
			reason: { en: "old" }
		};
		this.ask({
			op: "row",
			scope: "pub",
			kind: "pack_recalled",
			key: `pack-${this.chance.below(3)}`,
			body
		});
	}
	putBack() {
		this.ask({ op: "put_back" });
		this.truth.putBack(tokensOf(this.holdings()));
	}
	changePair() {
		const teacher = this.chance.pick(this.teachers);
		const mentor = this.chance.pick(this.people.filter((person) => person.name.startsWith("mentor")));
		this.truth.mayRead(`u:${teacher.person}`, mentor.person);
		this.ask({
			op: "pair",
			mentor: mentor.name,
			teacher: teacher.name
		});
	}
	/** The storm is over: everything on its way arrives, everybody signs in, and each phone syncs until nothing moves. */
	async rest() {
		this.air.faults = NO_LINE_FAULTS;
		for (const phone of this.phones) phone.disk = NO_DISK_FAULTS;
		while (this.air.busy || this.timers.size > 0) {
			this.air.clear();
			for (const timer of [...this.timers]) timer();
			await this.activities.quiet();
		}
		this.nowMs += 36e5;
		for (const phone of this.phones) {
			phone.closeAll();
			await this.syncAlone(phone);
			if (await phone.isSignedOut()) await phone.signIn();
		}
		for (let round = 0; round < ROUNDS_MAX; round += 1) {
			let moved = 0;
			for (const phone of this.phones) moved += await this.syncAlone(phone) - 1;
			if (moved === 0 && round > 0) return;
		}
		this.watch.broken("RESTLESS", `it does not come to rest in ${ROUNDS_MAX} rounds`);
	}
	/** One run of a phone's engine over a good line; how many requests it took. */
	async syncAlone(phone) {
		const before = this.air.exchanges;
		phone.anyTab().sync();
		await this.activities.quiet();
		while (this.air.busy || this.timers.size > 0) {
			this.air.clear();
			for (const timer of [...this.timers]) timer();
			await this.activities.quiet();
		}
		return this.air.exchanges - before;
	}
};
// simulation/main.ts
async function main(args) {
	console.error = () => void 0;
	const first = Number(option(args, "--first") ?? 0);
	const count = Number(option(args, "--count") ?? 1);
	const stopAtFirst = args.includes("--until-found");
	const bridge = new Bridge();
	const days = Number(option(args, "--days") ?? 0);
	const extent = days > 0 ? rehearsal(Number(option(args, "--phones") ?? 10), days) : SMALL;
	for (let seed = first; seed < first + count; seed += 1) {
		const world = new World(bridge, seed, extent);
		const began = performance.now();
		try {
			await world.begin(seed);
			await world.run();
		} catch (error) {
			world.watch.broken("FAILED", error instanceof Error ? error.stack ?? error.message : String(error));
		}
		const ms = Math.round(performance.now() - began);
		const told = {
			seed,
			found: world.watch.found,
			facts: world.truth.facts.size,
			exchanges: world.air.exchanges,
			outcome: world.outcome,
			ms
		};
		bridge.tell({
			op: "world",
			...told,
			fingerprint: bridge.fingerprint()
		});
		if (stopAtFirst && world.watch.found.length > 0) break;
	}
	bridge.end();
}
function option(args, name) {
	const at = args.indexOf(name);
	return at === -1 ? void 0 : args[at + 1];
}
// simulation/shipped.ts
/** The simulation as it is shipped with the server, in one file (vite.simulation.config.ts): without seeded bugs. */
await main(process.argv.slice(2));
export {};
