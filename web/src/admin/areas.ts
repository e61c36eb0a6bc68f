// What the console has, by area, and who is offered it. The server decides; this only leaves out what it would refuse.
import type { AdminKey } from "../i18n/admin";
import { ChatIcon, FileIcon, FilterIcon, GalleryIcon, type Icon, PaletteIcon, LockIcon, NextIcon, PeopleIcon, PersonIcon, PopOutIcon, RecordIcon, ScreenIcon, SettingsIcon, ShieldIcon, SignalIcon, UnlockIcon, WarningIcon } from "../ui/icons";

export interface AreaItem {
  page: string;
  title: AdminKey;
  Icon: Icon;
  /** Any of them opens it. */
  needs: readonly string[];
  ownerOnly?: boolean;
}
export interface AreaGroup {
  title: AdminKey;
  items: readonly AreaItem[];
}

export const areas: readonly AreaGroup[] = [
  {
    title: "area.people", items: [
      { page: "users", title: "users.title", Icon: PersonIcon, needs: ["users_read"] },
      { page: "invitations", title: "invitations.title", Icon: ChatIcon, needs: ["users_read"] },
      { page: "groups", title: "groups.title", Icon: PeopleIcon, needs: ["groups_read"] },
      { page: "roles", title: "roles.title", Icon: ShieldIcon, needs: ["roles_read"] },
      { page: "policies", title: "policies.title", Icon: SettingsIcon, needs: ["settings_read"] },
    ],
  },
  {
    title: "area.meetings", items: [
      { page: "live", title: "live.title", Icon: ScreenIcon, needs: ["meetings_read"] },
      { page: "meetings", title: "meetings.title", Icon: GalleryIcon, needs: ["reports_read"] },
      { page: "recordings", title: "recordings.title", Icon: RecordIcon, needs: ["recordings_read"] },
      { page: "tracking", title: "tracking.title", Icon: FilterIcon, needs: ["settings_read"] },
      { page: "reports", title: "reports.title", Icon: SignalIcon, needs: ["reports_read"] },
    ],
  },
  {
    title: "area.security", items: [
      { page: "sign-ins", title: "signIns.title", Icon: UnlockIcon, needs: ["audit_read"] },
      { page: "operations", title: "operations.title", Icon: FileIcon, needs: ["audit_read"] },
      { page: "abuse", title: "abuse.title", Icon: WarningIcon, needs: ["audit_read"] },
      { page: "keys", title: "keys.title", Icon: LockIcon, needs: ["server"], ownerOnly: true },
      { page: "audit", title: "audit.title", Icon: FilterIcon, needs: ["server"], ownerOnly: true },
    ],
  },
  {
    title: "area.programs", items: [
      { page: "applications", title: "applications.title", Icon: PopOutIcon, needs: ["applications"] },
      { page: "webhooks", title: "webhooks.title", Icon: NextIcon, needs: ["webhooks"] },
      { page: "branding", title: "branding.title", Icon: PaletteIcon, needs: ["settings_write"] },
      { page: "system", title: "system.title", Icon: SignalIcon, needs: ["server"] },
    ],
  },
];

export interface Rights {
  role: string;
  permissions: readonly string[];
}

export function offered(item: AreaItem, rights: Rights): boolean {
  return (!item.ownerOnly || rights.role === "owner") && item.needs.some((need) => rights.permissions.includes(need));
}
export function offeredAreas(rights: Rights): AreaGroup[] {
  return areas.map((group) => ({ ...group, items: group.items.filter((item) => offered(item, rights)) })).filter((group) => group.items.length > 0);
}
