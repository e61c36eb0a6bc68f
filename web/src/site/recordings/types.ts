// Recordings as /api/recordings has them; only what these pages use.
export interface RecordingFile {
  id: string;
  recording_start: string;
  recording_end: string;
  file_type: string;
  file_extension: string;
  file_size: number;
  recording_type: string;
  file_name?: string;
}

export interface Recording {
  id: string;
  /** "recording", "processing", "completed", "failed" */
  state: string;
  progress: number;
  duration_ms: number;
  trashed_at?: string;
  legal_hold: boolean;
  delete_at?: string;
  share_until?: string;
  meeting: {
    topic: string;
    start_time: string;
    total_size: number;
    share_url?: string;
    password?: string;
    recording_files: RecordingFile[];
  };
  tracks: RecordingFile[];
}

export const playUrl = (file: RecordingFile): string => `/rec/play/${encodeURIComponent(file.id)}`;
export const downloadUrl = (file: RecordingFile): string => `/rec/download/${encodeURIComponent(file.id)}`;

/** What plays: the film, or its sound where there was no picture. */
export function filmOf(recording: Recording): RecordingFile | undefined {
  const of = (type: string) => recording.meeting.recording_files.find((f) => f.file_type === type);
  return of("MP4") ?? of("M4A");
}
