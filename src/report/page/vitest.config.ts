import {defineConfig} from 'vitest/config';

// Machines that build and test at once are slow; browsers on them slower still.
export default defineConfig({test: {testTimeout: 120000, hookTimeout: 300000, fileParallelism: false, pool: 'forks'}});
