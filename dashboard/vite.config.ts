import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The content security policy of `idqp serve` refuses data: URLs and inline scripts, so nothing is inlined.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../idqp_cli/server/dashboard",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    license: { fileName: "licenses.md" },
    modulePreload: { polyfill: false },
  },
  // `npm run dev` shows the sources over the API of a running `idqp serve`.
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
});
