/** Every test file has IndexedDB. */
import "fake-indexeddb/auto";
