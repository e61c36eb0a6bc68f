// Who is looking, for whatever part of a screen wants to know what it may offer.
import { createContext, useContext } from "react";
import type { Rights } from "./areas";

export interface Viewer extends Rights {
  id: string;
  name: string;
  login: string;
}
export const ViewerContext = createContext<Viewer>({ id: "", name: "", login: "", role: "", permissions: [] });
export const useViewer = (): Viewer => useContext(ViewerContext);
export function useMay(permission: string): boolean {
  return useViewer().permissions.includes(permission);
}
