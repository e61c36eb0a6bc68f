// The first and smallest part of the page: it asks for the bundle of the address, and for what that will ask the server first,
// while React is still on its way. vite.config.ts gives it a tag of its own, before the one of main.tsx.
import { placeOf } from "./place";
import { askEarly } from "./site/early";

export const bundles = {
  meeting: () => import("./ui/MeetingApp"),
  site: () => import("./site/SiteApp"),
  setup: () => import("./site/SetupApp"),
  admin: () => import("./admin/AdminApp"),
};

const { area } = placeOf(location.pathname);
// Whoever shows it says when it does not come.
bundles[area]().catch(() => undefined);
if (area === "site" || area === "admin") askEarly("/api/me");
