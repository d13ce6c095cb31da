/** Set by vite.config.ts at build. */
declare const __APP_VERSION__: string;
