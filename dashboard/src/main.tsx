import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { worthAnother } from "./api/client";
import { App } from "./app";
import { NotesProvider } from "./parts/notes";
import "./styles/index.css";
import { apply } from "./theme/theme";

const client = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 15_000, retry: (failures, error) => failures < 2 && worthAnother(error) },
  },
});

apply();
// Browsers have service workers in secure contexts only.
navigator.serviceWorker?.register("/sw.js").catch(() => undefined);
const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <NotesProvider>
          <App />
        </NotesProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
